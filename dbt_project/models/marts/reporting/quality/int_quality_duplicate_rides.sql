{{
    count_bad_rides(
        'duplicate_rides', 'is_duplicate',
        'Rides that start when another of the same scooter does'
    )
}}
