"""Snakemake's Kubernetes executor for pods that share one volume, as the machines of a SLURM cluster share a folder.

The executor of snakemake-executor-plugin-kubernetes (0.5) copies every file through a storage of objects and starts
each job in an empty folder, whatever --shared-fs-usage says. Checkpoints and notes of a job would be lost there.
Found by Snakemake as `kubernetes-volume` where PYTHONPATH names this folder.
"""

import shlex
from dataclasses import replace
from pathlib import Path

import snakemake_executor_plugin_kubernetes as kubernetes_plugin

ExecutorSettings = kubernetes_plugin.ExecutorSettings
common_settings = replace(
    kubernetes_plugin.common_settings,
    implies_no_shared_fs=False,
    job_deploy_sources=False,
    auto_deploy_default_storage_provider=False,
)


class Executor(kubernetes_plugin.Executor):
    """Jobs as pods that stand in the folder in which Snakemake was started."""

    def __post_init__(self):
        """Connect, and ask for a failed pod's log in a way that the cluster answers.

        The plugin asks for the log of the container before a restart. There is none, as its pods never restart; the
        cluster's refusal would end the whole run.
        """
        super().__post_init__()
        read = self.kubeapi.read_namespaced_pod_log
        self.kubeapi.read_namespaced_pod_log = lambda previous, **which: read(**which)

    def get_job_exec_prefix(self, job) -> str:
        """What precedes each job's command."""
        return f"cd {shlex.quote(str(Path.cwd()))}"
