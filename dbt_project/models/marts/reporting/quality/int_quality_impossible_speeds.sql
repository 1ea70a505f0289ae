{{
    count_bad_rides(
        'impossible_speeds', 'is_too_fast',
        'Rides faster than ' ~ var('maximum_speed_kmh') ~ ' km/h on average'
    )
}}
