# Builds the functions that train and that make models (infra/training.yaml, infra/paging.yaml), for `sam build`: what it imports, without what Python never loads.
# Unpacked, a Lambda function has 262,144,000 bytes at most; docs/adr/0016 has the figures.
MOST_BYTES := 262144000
OUT := $(ARTIFACTS_DIR)

build-ProposeModelFunction build-PageModelFunction:
	uv pip install --quiet --target "$(OUT)" --python-platform aarch64-manylinux_2_28 --python-version 3.13 \
	  --only-binary :all: --no-deps --require-hashes --requirement requirements.txt
	find "$(OUT)" -type d \( -name tests -o -name test -o -name __pycache__ \) -prune -exec rm -rf {} +
	find "$(OUT)" \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.h' -o -name '*.hpp' -o -name '*.c' -o -name '*.lib' \
	  -o -name '*.proto' -o -name '*.a' \) -type f -delete
	# The Python binding has the runtime in itself; the same again is for programs in C.
	rm -rf "$(OUT)"/onnxruntime/capi/libonnxruntime.so.* "$(OUT)"/onnxruntime/transformers "$(OUT)"/onnxruntime/tools \
	  "$(OUT)"/onnxruntime/quantization "$(OUT)"/onnxruntime/datasets "$(OUT)"/sklearn/datasets/data \
	  "$(OUT)"/sklearn/datasets/images "$(OUT)"/bin
	cp -r consent_ledger edge_client lambdas model_export "$(OUT)"
	bytes=$$(du -sb "$(OUT)" | cut -f1); echo "trainer: $$bytes of $(MOST_BYTES) bytes"; test "$$bytes" -le $(MOST_BYTES)
