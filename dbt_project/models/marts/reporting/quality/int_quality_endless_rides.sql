{{
    count_bad_rides(
        'endless_rides', 'is_endless',
        'Rides under way for more than a day'
    )
}}
