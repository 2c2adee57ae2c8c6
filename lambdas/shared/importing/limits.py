"""How much an import takes: whoever uploads may be anybody who got hold of an author's session."""

from __future__ import annotations

from typing import Final

from edge_client.wire.catalogue import MOST_ITEMS

# A catalogue takes no more, so neither does what becomes one; the sitemap protocol has the same number.
MOST_PAGES: Final = MOST_ITEMS

# The sitemap protocol's bound on a file; a spreadsheet of as many rows stays below it.
LONGEST_FILE_BYTES: Final = 50 * 1024 * 1024

# Pages of the largest public sites have markup of a few hundred kilobytes; what is longer is no article.
LONGEST_PAGE_BYTES: Final = 2 * 1024 * 1024

# All files of an archive together, unpacked: what a function of 512 MiB holds beside itself.
LONGEST_UNPACKED_BYTES: Final = 128 * 1024 * 1024

# Text packs to a tenth, and repeated markup to a thirtieth; a bomb packs to a thousandth.
MOST_RATIO: Final = 100

# Below this much unpacked the ratio says nothing: a file of a thousand spaces is no bomb.
RATIO_COUNTS_FROM_BYTES: Final = 1024 * 1024

# Pictures and scripts are counted too, though nobody reads them.
MOST_ENTRIES: Final = 100_000

# Front matter is written by hand: a screen of it is long.
LONGEST_FRONT_MATTER_BYTES: Final = 64 * 1024

# Lists in a mapping in a mapping; nothing that a page says of itself lies deeper.
DEEPEST_YAML: Final = 12

# Content items nest their links some six levels deep, and what a component holds lies a few further.
DEEPEST_JSON: Final = 64

# An index names sitemaps, and the protocol allows no index in an index.
MOST_SITEMAPS: Final = 500

# Of an address, a title or a place: what a report can still be read with.
LONGEST_PLACE: Final = 300

# A site whose every page has a fault needs to hear of the fault, not of the page.
MOST_PROBLEMS: Final = 10_000

# One page in this many languages, topics or audiences is no page but an attack on whoever reads the report.
MOST_NAMED: Final = 100
