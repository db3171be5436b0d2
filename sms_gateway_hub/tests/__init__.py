from . import test_door_record
