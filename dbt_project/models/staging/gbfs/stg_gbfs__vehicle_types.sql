with

source as (

    select * from {{ source('raw_gbfs', 'vehicle_types') }}

),

final as (

    select
        {{ feed_scoped_id('gbfs', 'vehicle_type_id') }} as vehicle_type_id,
        city as city_id,
        -- As the feed's rules name it.
        vehicle_type_id as feed_vehicle_type_id,
        name,
        form_factor,
        propulsion_type,
        return_constraint,
        max_range_m,
        observed_at
    from source

)

select * from final
