with

source as (

    select * from {{ source('ml', 'latent_demand') }}

),

final as (

    select
        parking_id,
        city_id,
        observed_count,
        latent_count,
        is_censored,
        hour_at
    from source

)

select * from final
