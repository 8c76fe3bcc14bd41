"""Names of the settings that switch the add-on's parts off."""

FAN_IN = "run.fan_in"
PREFLIGHT = "run.preflight"
