"""The filter language of searches: text to tree (`parser`), tree to text (`render`), meaning (`nodes`, `evaluate`)."""

from __future__ import annotations

from kiseki.query.evaluate import DatasetRecord, MetricSummary, Record, matches, order
from kiseki.query.fields import (
    EXPERIMENTS,
    LOGGED_MODELS,
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    RUNS,
    Entity,
    FieldType,
    ValueType,
    full_order,
)
from kiseki.query.nodes import Aggregate, And, Comparison, Field, Kind, Node, Not, OnDataset, Op, Or, OrderTerm
from kiseki.query.parser import parse_columns, parse_filter, parse_name, parse_order_by
from kiseki.query.render import render, render_field, render_order_by

__all__ = [
    "EXPERIMENTS",
    "LOGGED_MODELS",
    "MODEL_VERSIONS",
    "REGISTERED_MODELS",
    "RUNS",
    "Aggregate",
    "And",
    "Comparison",
    "DatasetRecord",
    "Entity",
    "Field",
    "FieldType",
    "Kind",
    "MetricSummary",
    "Node",
    "Not",
    "OnDataset",
    "Op",
    "Or",
    "OrderTerm",
    "Record",
    "ValueType",
    "full_order",
    "matches",
    "order",
    "parse_columns",
    "parse_filter",
    "parse_name",
    "parse_order_by",
    "render",
    "render_field",
    "render_order_by",
]
