"""Secret names: one rule says which names are likely secrets'."""

from __future__ import annotations

import pytest

from envatlas.secret_names import looks_secret

SECRET = [
    *("A_KEY", "A_KEYS", "A_API_KEY", "A_API_KEYS", "A_APIKEY", "A_ACCESSKEY", "KEY", "api_key"),
    *("A_KEY_FILE", "A_PRIVATE_KEY_PATH", "AWS_ACCESS_KEY_ID"),
    *("A_TOKEN", "A_TOKEN_FILE", "A_AUTHTOKEN", "A_AUTH_TOKENS", "A_ACCESS_TOKENS", "A_REFRESH_TOKENS_FILE"),
    *("A_PASSWORD", "A_PASSWORDS", "A_DB_PASSWD", "A_PASSPHRASE"),
    *("ACME_SSHKEY", "ACME_LICENSEKEY", "ACME_AUTHKEY", "ACME_MASTERKEY", "ACME_ENCRYPTIONKEY", "ACME_HMACKEY"),
    *("A_DBPASSWORD", "A_HFTOKEN", "HFTOKEN", "A_SSHKEY_FILE", "A_CLIENTSECRET", "A_S3CREDENTIALS"),
    *("A_SECRET", "A_SECRETS", "A_CREDENTIAL", "A_CREDENTIALS_PATH"),
]
PLAIN = [
    *(
        "A_MONKEY",
        "A_HOTKEY",
        "A_HOTKEYS_FILE",
        "A_TURKEY",
        "A_KEYBOARD",
        "A_TOKENS",
        "A_MAX_TOKENS",
        "A_TOKENS_PER_BLOCK",
        "A_TOKENIZER",
    ),
    *("A_SECRETARY", "A_PORT"),
]


@pytest.mark.parametrize("name", SECRET)
def test_a_name_with_a_secrets_word_looks_like_one(name: str) -> None:
    """Wherever the word stands, of one or of many, and whatever it is compounded with."""
    assert looks_secret(name)


@pytest.mark.parametrize("name", PLAIN)
def test_a_name_that_only_resembles_a_secrets_does_not(name: str) -> None:
    """Words count whole; several tokens are a model's."""
    assert not looks_secret(name)
