"""Every word the app says, in English and Greek; ``{name}`` stands for a value."""

#: key: (English, Greek)
_TEXTS = {
    # sign in
    "sign_in": ("Sign in", "Σύνδεση"),
    "sign_in_lead": ("Your route is ready.", "Το δρομολόγιό σας είναι έτοιμο."),
    "worker_id": ("Worker id", "Κωδικός εργαζομένου"),
    "pin": ("PIN", "PIN"),
    "wrong_pin": (
        "That id and PIN do not match.",
        "Ο κωδικός και το PIN δεν ταιριάζουν.",
    ),
    "locked": (
        "Too many tries. Wait {wait_s} seconds and try again.",
        "Πολλές προσπάθειες. Περιμένετε {wait_s} δευτερόλεπτα και δοκιμάστε ξανά.",
    ),
    "no_network": (
        "No network. Try again when you are online.",
        "Δεν υπάρχει δίκτυο. Δοκιμάστε ξανά όταν συνδεθείτε.",
    ),
    "sign_in_first": ("Sign in first.", "Συνδεθείτε πρώτα."),
    "dispatchers_only": (
        "This page is for dispatchers.",
        "Αυτή η σελίδα είναι μόνο για συντονιστές.",
    ),
    "back_to_start": ("Back to the start", "Επιστροφή στην αρχή"),
    "foreign_origin": (
        "This request comes from another site.",
        "Το αίτημα προέρχεται από άλλη σελίδα.",
    ),
    "sign_out": ("Sign out", "Αποσύνδεση"),
    "menu": ("Menu", "Μενού"),
    "other_language": ("Ελληνικά", "English"),
    "dispatch_page": ("All routes", "Όλα τα δρομολόγια"),
    "dashboard_page": ("Dashboards", "Πίνακες"),
    # network and queue
    "online": ("Online", "Σε σύνδεση"),
    "offline": ("Offline", "Εκτός δικτύου"),
    "waiting_one": (
        "1 saved on phone, will be sent when online",
        "1 αποθηκευμένο στο κινητό, θα σταλεί με δίκτυο",
    ),
    "waiting_many": (
        "{count} saved on phone, will be sent when online",
        "{count} αποθηκευμένα στο κινητό, θα σταλούν με δίκτυο",
    ),
    "all_sent": ("All sent", "Στάλθηκαν όλα"),
    "session_ended": (
        "Please sign in again. What you saved stays on this phone.",
        "Συνδεθείτε ξανά. Όσα αποθηκεύσατε μένουν στο κινητό.",
    ),
    "route_changed": ("Your route was updated.", "Το δρομολόγιό σας ενημερώθηκε."),
    # the next stop
    "next_stop": ("Next stop", "Επόμενη στάση"),
    "at_this_stop": ("You are here", "Είστε εδώ"),
    "pick_up": ("Pick up", "Παραλαβή"),
    "drop_off": ("Drop off", "Παράδοση"),
    "swap": ("Swap batteries", "Αλλαγή μπαταριών"),
    "swap_one": ("Swap battery", "Αλλαγή μπαταρίας"),
    "check": ("Check", "Έλεγχος"),
    "scooters_one": ("1 scooter", "1 πατίνι"),
    "scooters_many": ("{count} scooters", "{count} πατίνια"),
    "arrive": ("Arrive", "Άφιξη"),
    "any_from_van": ("Any from the van", "Όποια από το βαν"),
    "van_load": ("In the van", "Στο βαν"),
    "navigate": ("Navigate", "Πλοήγηση"),
    "other_apps": ("Open in a map app", "Άνοιγμα σε χάρτη"),
    "google_maps": ("Google Maps", "Google Maps"),
    "apple_maps": ("Apple Maps", "Χάρτες Apple"),
    "phone_map": ("Map app of this phone", "Χάρτης του κινητού"),
    "begin": ("Begin", "Έναρξη"),
    "done": ("Done", "Έτοιμο"),
    "problem": ("Problem", "Πρόβλημα"),
    "cancel": ("Cancel", "Ακύρωση"),
    "close": ("Close", "Κλείσιμο"),
    "what_happened": ("What is the problem?", "Ποιο είναι το πρόβλημα;"),
    "not_found": ("Scooter not found", "Δεν βρέθηκε το πατίνι"),
    "no_access": ("Cannot reach it", "Δεν υπάρχει πρόσβαση"),
    "damaged": ("Damaged", "Έχει ζημιά"),
    "no_room": ("No room", "Δεν υπάρχει χώρος"),
    "no_batteries": ("No charged batteries left", "Τελείωσαν οι φορτισμένες μπαταρίες"),
    "other": ("Something else", "Κάτι άλλο"),
    # progress and list
    "progress": ("{done} of {total} done", "{done} από {total} έγιναν"),
    "stops": ("Stops", "Στάσεις"),
    "stop_number": ("Stop {number}", "Στάση {number}"),
    "shift": ("Shift {start}–{end}", "Βάρδια {start}–{end}"),
    "all_done": ("All done. Well done!", "Ολοκληρώθηκε. Μπράβο!"),
    "all_done_lead": (
        "{done} stops done. Bring the van back, and thank you.",
        "{done} στάσεις έγιναν. Επιστρέψτε το βαν, και σας ευχαριστούμε.",
    ),
    "with_problems": ("{count} with a problem", "{count} με πρόβλημα"),
    "no_route": ("No route yet", "Δεν υπάρχει δρομολόγιο ακόμη"),
    "no_route_lead": (
        "Your next route will appear here by itself. Nothing to do now.",
        "Το επόμενο δρομολόγιο θα εμφανιστεί εδώ μόνο του. Δεν χρειάζεται κάτι τώρα.",
    ),
    "status_done": ("Done", "Έγινε"),
    "status_problem": ("Problem", "Πρόβλημα"),
    "status_begun": ("Under way", "Σε εξέλιξη"),
    # map and position
    "map": ("Map", "Χάρτης"),
    "whole_route": ("Show whole route", "Όλο το δρομολόγιο"),
    "depot": ("Start", "Αφετηρία"),
    "share_position": ("Share my position", "Κοινοποίηση θέσης"),
    "sharing_on": ("On, during your shift", "Ενεργή, στη βάρδιά σας"),
    "sharing_off": ("Off", "Ανενεργή"),
    "position_denied": (
        "The phone does not allow it. Permit location for this page.",
        "Το κινητό δεν το επιτρέπει. Επιτρέψτε την τοποθεσία για τη σελίδα.",
    ),
    # dispatcher
    "dispatch_title": ("Routes now", "Δρομολόγια τώρα"),
    "stops_done": ("stops done", "στάσεις έγιναν"),
    "problems": ("problems", "προβλήματα"),
    "tasks_open": ("tasks unassigned", "εργασίες εκκρεμούν"),
    "next_is": ("Next", "Επόμενο"),
    "finished": ("Finished", "Ολοκληρώθηκε"),
    "seen_now": ("seen just now", "εντοπίστηκε τώρα"),
    "seen_min": ("seen {count} min ago", "εντοπίστηκε πριν {count} λεπτά"),
    "not_seen": ("position not shared", "δεν κοινοποιεί θέση"),
    "no_routes": ("No routes are planned.", "Δεν υπάρχουν δρομολόγια."),
    "updated_at": ("Updated {time}", "Ενημέρωση {time}"),
}

LANGUAGES = ("en", "el")


def text(key: str, language: str, **values: object) -> str:
    """Return one text; an unknown language gets English."""
    english, greek = _TEXTS[key]
    return (greek if language == "el" else english).format(**values)


def texts(language: str) -> dict[str, str]:
    """Return all texts of a language with their ``{name}`` places, for the pages' scripts."""
    return {key: both[1 if language == "el" else 0] for key, both in _TEXTS.items()}
