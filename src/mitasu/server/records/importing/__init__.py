"""Files into the register: read into rows, compared with what is there, shown, and carried out as a whole or not at all."""
