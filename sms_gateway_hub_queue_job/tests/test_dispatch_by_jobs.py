"""The hub's own tests of its dispatcher, with jobs that do the work."""

from odoo.tests import tagged

from odoo.addons.sms_gateway_hub.tests import test_dispatch, test_dispatch_claims

from .common import RunnerMixin


@tagged("post_install", "-at_install")
class TestClaimByJobs(RunnerMixin, test_dispatch.TestClaim):
    allow_inherited_tests_method = True


@tagged("post_install", "-at_install")
class TestAnswersByJobs(RunnerMixin, test_dispatch.TestAnswers):
    allow_inherited_tests_method = True


@tagged("post_install", "-at_install")
class TestOwnershipByJobs(RunnerMixin, test_dispatch_claims.TestOwnership):
    allow_inherited_tests_method = True
