{# Rows for which a rule does not hold; a rule that says nothing of a row (NULL) holds. #}
{% test holds(model, expression) %}
    select *
    from {{ model }}
    where not ({{ expression }})
{% endtest %}
