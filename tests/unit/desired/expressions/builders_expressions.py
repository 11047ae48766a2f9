"""Expressions evaluated in one line."""

from __future__ import annotations

from reconciler.desired.expressions import ExpressionError, Program, compile_expression
from reconciler.desired.expressions.program import Result
from reconciler.model.path import Value


def a_program(text: str) -> Program:
    """The program of an expression that is right."""
    program = compile_expression(text)
    assert isinstance(program, Program), program
    return program


def an_error(text: str) -> ExpressionError:
    """What is wrong with an expression that is wrong."""
    error = compile_expression(text)
    assert isinstance(error, ExpressionError), error
    return error


def evaluated(text: str, **attributes: Value) -> Result:
    """The result for an object with these attributes."""
    return a_program(text).evaluate(attributes)
