{#
    For the transaction of one model, keep the planner from joining row by row where it need not:
    it cannot know how many days are missing, takes them for one or two, and would then read all
    changes anew for each of a whole year of days.
#}
{% macro join_by_hash() %}set local enable_nestloop = off{% endmacro %}
