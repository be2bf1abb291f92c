"""The web call page (网页通话): a citizen calls a hotline from a browser, without log-in."""
