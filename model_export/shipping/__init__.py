"""A fitted classifier to the file that devices load: cut to size, packed, converted, compared."""
