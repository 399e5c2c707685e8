"""What a recurrent network has to beat: non-recurrent classifiers, from arrays to scores of test sequences."""
