from . import test_dispatch_by_jobs, test_runner
