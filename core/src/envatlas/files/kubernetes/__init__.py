"""Kubernetes manifests; a module an idea."""

from envatlas.files.kubernetes.containers import environ_of
from envatlas.files.kubernetes.leftovers import leftovers
from envatlas.files.kubernetes.objects import KubernetesObject, is_kubernetes, objects_of
from envatlas.files.kubernetes.pods import containers_of
from envatlas.files.kubernetes.stores import Cluster

__all__ = ["Cluster", "KubernetesObject", "containers_of", "environ_of", "is_kubernetes", "leftovers", "objects_of"]
