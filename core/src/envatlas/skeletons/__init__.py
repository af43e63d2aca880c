"""Skeletons: whole packages to begin with, written from the templates that lie beside this module."""
