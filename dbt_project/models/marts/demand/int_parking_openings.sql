with

versions as (

    select * from {{ ref('int_parking_versions') }}
    -- The time in which a parking was closed is what this leaves out.
    where is_active

),

parkings as (

    select * from {{ ref('int_parkings') }}

),

opened as (

    select
        parkings.parking_id,
        -- A source that was set up anew says of an old parking that it was made then: its rides
        -- say that it was there before. Where the source says nothing, it always was.
        case
            when parkings.created_at is not null
                then least(parkings.created_at, first_rides.first_at)
            else cast('-infinity' as timestamp with time zone)
        end as opened_at
    from parkings
    -- A look into the index for each parking, instead of all its hours.
    left join lateral (
        select min(flows.hour_at) as first_at
        from {{ ref('int_parking_flows') }} as flows
        where flows.parking_id = parkings.parking_id
    ) as first_rides on true

),

final as (

    select
        versions.parking_id,
        versions.city_id,
        versions.capacity_count,
        greatest(versions.valid_from_at, opened.opened_at) as open_from_at,
        versions.valid_until_at as open_until_at
    from versions
    inner join opened on versions.parking_id = opened.parking_id
    -- Versions that ended before the parking was there.
    where opened.opened_at < versions.valid_until_at

)

select * from final
