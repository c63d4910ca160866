"""The demo: both sides of the joint, set up as an admin would."""
