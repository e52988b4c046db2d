"""Fitting a calibration on the dev split of gold sets; `toolkit.calibration` applies it."""

from toolkit.calibrating.config import FitOptions
from toolkit.calibrating.fitting import Fitted, fit
from toolkit.calibrating.pooled import Pooled, pool
from toolkit.calibrating.run import calibrate
from toolkit.calibrating.save import write_config

__all__ = ["FitOptions", "Fitted", "Pooled", "calibrate", "fit", "pool", "write_config"]
