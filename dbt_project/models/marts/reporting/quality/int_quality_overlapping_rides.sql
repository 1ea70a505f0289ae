{{
    count_bad_rides(
        'overlapping_rides', 'is_overlapping',
        'Rides that start before an earlier one of the same scooter ended'
    )
}}
