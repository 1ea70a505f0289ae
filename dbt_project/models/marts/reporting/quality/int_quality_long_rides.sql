{{
    count_bad_rides(
        'long_rides', 'is_too_long',
        'Rides that lasted for more than a day'
    )
}}
