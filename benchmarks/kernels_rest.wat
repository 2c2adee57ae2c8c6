;; What the factors of a model add to every page's score, four pages at a time: the contender of `addRest` in
;; edge_client/web/kernel/score.js. Pages are a multiple of four.
(module
  (memory (import "here" "memory") 1)
  (func (export "addRest")
    (param $right i32) (param $pages i32) (param $hidden i32) (param $rank i32) (param $scores i32)
    (local $page i32) (local $nth i32) (local $place i32) (local $rest v128)
    (loop $all_pages
      (local.set $rest (v128.const f32x4 0 0 0 0))
      (local.set $nth (i32.const 0))
      (loop $all_factors
        (local.set $rest
          (f32x4.add
            (local.get $rest)
            (f32x4.mul
              (f32x4.convert_i32x4_s
                (i32x4.extend_low_i16x8_s
                  (i16x8.extend_low_i8x16_s
                    (v128.load32_zero
                      (i32.add
                        (i32.add (local.get $right) (local.get $page))
                        (i32.mul (local.get $nth) (local.get $pages)))))))
              (v128.load32_splat (i32.add (local.get $hidden) (i32.shl (local.get $nth) (i32.const 2)))))))
        (local.set $nth (i32.add (local.get $nth) (i32.const 1)))
        (br_if $all_factors (i32.lt_u (local.get $nth) (local.get $rank))))
      (local.set $place (i32.add (local.get $scores) (i32.shl (local.get $page) (i32.const 2))))
      (v128.store
        (local.get $place)
        (f32x4.add (v128.load (local.get $place)) (f32x4.max (v128.const f32x4 0 0 0 0) (local.get $rest))))
      (local.set $page (i32.add (local.get $page) (i32.const 4)))
      (br_if $all_pages (i32.lt_u (local.get $page) (local.get $pages))))))
