"""tests: they mirror the rooms of optimizer/, dashboard/ and pages/."""
