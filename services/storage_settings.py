"""Settings of where finished audio is kept: files in DATA_DIR, or an object store that speaks S3.

The rule: without STORAGE_URL nothing is sent anywhere, and no credentials are looked for. With it, both
halves of a key are given here, or the address where the machine tells the key of its role; nobody looks for
one by themselves, in a profile or at the machine's metadata address.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from services.setting_values import trimmed, web_address

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # S3: bucket naming rules
PREFIX = re.compile(r"(/(?!\.{1,2}(/|$))[\w.=!*'()-]+)*/?", re.ASCII)  # S3: characters that are safe in a key

WRONG = SecretStr("wrong, and told of")

Word = Annotated[SecretStr, BeforeValidator(trimmed)]


class StorageSettings(BaseSettings):
    """The part of the settings that says where finished audio is kept."""

    aws_access_key_id: Word | None = Field(
        default=None, description="The key to that store; it may put, get, delete and list there."
    )
    aws_secret_access_key: Word | None = Field(default=None, description="The secret that belongs to it.")
    aws_region: Annotated[str, BeforeValidator(trimmed)] = Field(
        default="us-east-1", pattern=r"^[a-z0-9-]+$", description="The store's region; some have only auto."
    )
    aws_metadata_url: str | None = Field(
        default=None,
        description="In place of a key: where the machine tells its role's; http://169.254.169.254 on EC2.",
    )
    aws_endpoint_url: str | None = Field(
        default=None, description="The store's address where it is not Amazon's, such as MinIO's or R2's."
    )
    storage_url: str | None = Field(
        default=None,
        description="s3://bucket/prefix: an object store for finished audio; empty: files in DATA_DIR.",
    )
    storage_cache_mib: int = Field(
        default=1024, ge=1, description="MiB of copies from that store that are kept in DATA_DIR."
    )

    @field_validator("aws_endpoint_url", "aws_metadata_url")
    @classmethod
    def _endpoint(cls, value: str | None) -> str | None:
        if value is None or not value.strip():
            return None
        address = web_address(value)
        if urlsplit(address).username is not None:
            raise ValueError("must hold no key; that goes into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        return address

    @field_validator("storage_url")
    @classmethod
    def _bucket_and_prefix(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None or not value.strip():
            return None
        scheme, _, rest = value.strip().partition("://")
        bucket, slash, prefix = rest.partition("/")
        if scheme != "s3" or not BUCKET.fullmatch(bucket) or not PREFIX.fullmatch(slash + prefix):
            raise ValueError("must look like s3://bucket/prefix, without a key in it")
        keys = [info.data.get(name, WRONG) for name in ("aws_access_key_id", "aws_secret_access_key")]
        given = [key is not None and bool(key.get_secret_value()) for key in keys]
        if info.data.get("aws_metadata_url", "wrong, and told of") is None:
            if not all(given):
                raise ValueError("needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_METADATA_URL")
        elif any(given):
            raise ValueError("needs either a key (AWS_ACCESS_KEY_ID) or AWS_METADATA_URL, and not both")
        return f"s3://{bucket}{slash}{prefix}".rstrip("/")

    @property
    def storage_secrets(self) -> list[str]:
        """Of the keys to the store, what no log may show."""
        keys = (self.aws_access_key_id, self.aws_secret_access_key)
        return [key.get_secret_value() for key in keys if key is not None and key.get_secret_value()]
