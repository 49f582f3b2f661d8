"""The public masters (診療行為, 医薬品, 傷病名, 電子点数表 …): imported by edition, looked up by month, compared.

No row of a real master is handed out with this product; the user imports what the payment fund publishes.
"""

from mitasu.claims.masters.difference import Difference, difference, difference_to_dict, edition_to_dict
from mitasu.claims.masters.layouts import Layout, layout_of, layouts
from mitasu.claims.masters.lookup import Found, Lookup, find, in_force
from mitasu.claims.masters.reading import MasterFile, Row, read_masters, rows_of
from mitasu.claims.masters.sample import sample_files, write_sample
from mitasu.claims.masters.store import Edition, Imported, Store, default_store

__all__ = [
    "Difference",
    "Edition",
    "Found",
    "Imported",
    "Layout",
    "Lookup",
    "MasterFile",
    "Row",
    "Store",
    "default_store",
    "difference",
    "difference_to_dict",
    "edition_to_dict",
    "find",
    "in_force",
    "layout_of",
    "layouts",
    "read_masters",
    "rows_of",
    "sample_files",
    "write_sample",
]
