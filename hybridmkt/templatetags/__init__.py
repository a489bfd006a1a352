"""Tags for every template: {% load hm %}."""
