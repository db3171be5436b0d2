from . import test_contract, test_other_records, test_toy_gateway
