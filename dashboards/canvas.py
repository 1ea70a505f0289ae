"""A bokeh figure with the look of the page."""

from typing import Any

from bokeh.plotting import figure

from dashboards import palette

#: Bokeh's own annotations refuse arguments that its manual names (tools, x_axis_type), so a figure
#: is Any to the type checker.
Figure = Any

FONT = "Inter, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def new_figure(**options: Any) -> Figure:
    """Return an empty figure in the colours and type of the page; `options` are bokeh's."""
    make: Any = figure
    drawing = make(**options)
    drawing.toolbar.logo = None
    drawing.background_fill_alpha = 0
    drawing.border_fill_alpha = 0
    drawing.outline_line_color = None
    drawing.axis.axis_line_color = None
    drawing.axis.major_tick_line_color = None
    drawing.axis.minor_tick_line_color = None
    drawing.axis.major_label_text_color = palette.MUTED
    drawing.axis.major_label_text_font = FONT
    drawing.axis.major_label_text_font_size = "12px"
    drawing.grid.grid_line_color = palette.GRID
    return drawing
