"""What all tests share."""

from hypothesis import settings

# No test has a clock in it: a busy machine must not fail what a quiet one passes.
settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")
