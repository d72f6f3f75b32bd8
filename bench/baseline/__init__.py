"""What mouthpiece is measured against: the field's Python pipelines, as their users write them."""
