with

source as (

    select * from {{ source('raw_mds', 'policies') }}

),

final as (

    select
        {{ feed_scoped_id('mds', 'policy_id') }} as policy_id,
        city as city_id,
        mode_id,
        name,
        description,
        currency,
        provider_ids,
        previous_policy_ids,
        rules_json,
        starts_at,
        ends_at,
        published_at
    from source

)

select * from final
