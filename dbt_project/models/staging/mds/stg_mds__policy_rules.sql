with

source as (

    select * from {{ source('raw_mds', 'policies') }}

),

rules as (

    select
        source.*,
        elements.rule
    from source
    cross join lateral jsonb_array_elements(cast(source.rules_json as jsonb)) as elements (rule)

),

final as (

    select
        {{ feed_scoped_id('mds', 'rules.policy_id', 'rules.city') }} as policy_id,
        rules.city as city_id,
        geographies.geography_id,
        rules.rule ->> 'name' as name,
        rules.rule ->> 'rule_type' as rule_type,
        coalesce(
            rules.rule ->> 'rule_type' = 'count'
            and rules.rule ->> 'maximum' = '0'
            -- Without states or kinds of vehicles a rule is for all of them.
            and (
                coalesce(rules.rule ->> 'states', '{}') = '{}'
                or rules.rule -> 'states' -> 'available' is not null
            )
            and (
                coalesce(rules.rule ->> 'vehicle_types', '[]') = '[]'
                or rules.rule ->> 'vehicle_types' like '%scooter%'
            )
            -- Nobody is sent for a scooter that may stand there an hour later.
            and coalesce(rules.rule ->> 'start_time', rules.rule ->> 'end_time') is null
            and coalesce(rules.rule ->> 'days', '[]') = '[]',
            false
        ) as is_parking_forbidden,
        rules.starts_at,
        rules.ends_at
    from rules
    cross join lateral jsonb_array_elements_text(rules.rule -> 'geographies')
        as geographies (geography_id)

)

select * from final
