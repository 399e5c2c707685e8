"""Hides the executors of clusters from Snakemake, which imports each of them, and what they need, at every start.

Python imports this file when it starts with PYTHONPATH naming its folder, as the workspaces' commands do.
"""

import pkgutil

every = pkgutil.iter_modules


def without_clusters(*where, **how):
    """`pkgutil.iter_modules` without Snakemake's executors."""
    return (module for module in every(*where, **how) if not module.name.startswith("snakemake_executor_plugin_"))


pkgutil.iter_modules = without_clusters
