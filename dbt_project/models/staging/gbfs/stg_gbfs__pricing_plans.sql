with

source as (

    select * from {{ source('raw_gbfs', 'pricing_plans') }}

),

final as (

    select
        {{ feed_scoped_id('gbfs', 'plan_id') }} as plan_id,
        city as city_id,
        name,
        currency,
        description,
        cast(price as numeric(14, 2)) as price,
        per_minute_price,
        per_km_price,
        is_taxable,
        observed_at
    from source

)

select * from final
