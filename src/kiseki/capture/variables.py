"""The variables of the environment that may change what a program computes."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from typing import Final

from kiseki.capture.secrets import recordable, recordable_value

PATTERNS: Final = (
    *("PYTHON*", "LANG", "LC_*", "TZ", "VIRTUAL_ENV", "CONDA_DEFAULT_ENV"),
    *("CUDA*", "CUBLAS*", "CUDNN*", "NVIDIA_*", "NCCL_*", "ROCR_*", "HIP_*", "HSA_*"),
    *("OMP_*", "MKL_*", "OPENBLAS_*", "NUMEXPR_*", "VECLIB_*", "BLIS_*", "KMP_*", "GOMP_*", "NUMBA_*", "LD_PRELOAD"),
    *("TORCH*", "PYTORCH_*", "TF_*", "XLA_*", "JAX_*", "KERAS_*", "HF_*", "TRANSFORMERS_*", "TOKENIZERS_*"),
    *("WORLD_SIZE", "RANK", "LOCAL_RANK", "SLURM_JOB_ID", "SLURM_NTASKS", "SLURM_NNODES", "RAY_ADDRESS"),
)
"""Of those that are recorded, as a shell matches names; nothing else leaves the machine."""


def recorded_variables(variables: Mapping[str, str], further: Iterable[str] = ()) -> dict[str, str]:
    """The variables that are recorded, in the order of their names, with `***` for what looks secret.

    Args:
        variables: All there are.
        further: Patterns besides `PATTERNS`.
    """
    patterns = (*PATTERNS, *further)
    return {
        recordable(name): recordable_value(name, value)
        for name, value in sorted(variables.items())
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
    }
