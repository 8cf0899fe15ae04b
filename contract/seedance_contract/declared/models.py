"""The models. A model is one entry of `FAMILY`, with its own limits, defaults and prices.

Everything else follows from the entry: validation, the OpenAPI document, the catalogue, costs,
the Hypothesis strategies, the list of claims, the tables in the README. Nothing outside an entry
states a limit of one model. tests/contract/test_new_model.py shows it with an invented model.
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType

from seedance_contract.declared.limits import OneOf, Range
from seedance_contract.declared.model import ADAPTIVE, MODEL_CHOOSES, Model, Models, V3Variant
from seedance_contract.declared.pixels import PIXELS, RATIOS, RESOLUTIONS
from seedance_contract.declared.prices import Price
from seedance_contract.declared.sources import assumed, guide, page

SEEDANCE_2_0 = "Seedance 2.0"
SEEDANCE_2_5 = "Seedance 2.5"

_GUIDE = guide("models")
_DURATIONS = Range(4, 15, special_values=(MODEL_CHOOSES,))
_ASPECT_RATIOS = (ADAPTIVE, *RATIOS)

# The vendor's schema has it for Seedance 2.5, and says to omit it for Seedance 2.0.
_UNSUPPORTED = ("output_format",)

# The model's maker names a model by family and date, on its own service and on the one abroad.
_VOLC_IDENTIFIERS = "the identifiers of models that v3 accepts"

_V3_DEFAULTS = MappingProxyType({"generate_audio": False})

# No 4k: the newest documents of v3 have left it out.
_V3_RESOLUTIONS = ("480p", "720p", "1080p")

_V3_UNSUPPORTED = ("priority", "output_format")

_REFERENCES = MappingProxyType({"reference_images": 9, "video_urls": 3, "audio_urls": 3})

# Its pages name no price. This one is above those of the older family, so that nobody finds the
# newer model recommended as the cheaper one.
_ASSUMED_PRICE = Price(
    resolutions=("480p", "720p"),
    without_video=Decimal(60),
    with_video=Decimal(36),
    source=assumed("what a video of Seedance 2.5 costs"),
)

_ONLY_ADAPTIVE = OneOf((ADAPTIVE,))

FAMILY: tuple[Model, ...] = (
    Model(
        id="seedance-2.0",
        family=SEEDANCE_2_0,
        resolutions=RESOLUTIONS,
        durations=_DURATIONS,
        aspect_ratios=_ASPECT_RATIOS,
        unsupported_fields=_UNSUPPORTED,
        references=_REFERENCES,
        prices=(
            Price(
                resolutions=("480p", "720p"),
                without_video=Decimal(46),
                with_video=Decimal(28),
            ),
            Price(
                resolutions=("1080p",),
                without_video=Decimal(51),
                with_video=Decimal(31),
            ),
            # 4k is cheaper per token than 720p, but has nine times as many tokens.
            Price(
                resolutions=("4k",),
                without_video=Decimal(26),
                with_video=Decimal(16),
            ),
        ),
        v3=V3Variant(
            identifiers=(
                "doubao-seedance-2-0-260128",
                "doubao-seedance-2.0",
                "dreamina-seedance-2-0-260128",
            ),
            resolutions=_V3_RESOLUTIONS,
            defaults=_V3_DEFAULTS,
            unsupported_fields=_V3_UNSUPPORTED,
            source=page("create-volc: model"),
        ),
        source=_GUIDE,
    ),
    Model(
        id="seedance-2.0-fast",
        family=SEEDANCE_2_0,
        resolutions=("480p", "720p"),
        durations=_DURATIONS,
        aspect_ratios=_ASPECT_RATIOS,
        unsupported_fields=_UNSUPPORTED,
        references=_REFERENCES,
        prices=(
            Price(
                resolutions=("480p", "720p"),
                without_video=Decimal(37),
                with_video=Decimal(22),
            ),
        ),
        v3=V3Variant(
            identifiers=("doubao-seedance-2-0-fast-260128", "dreamina-seedance-2-0-fast-260128"),
            resolutions=("480p", "720p"),
            defaults=_V3_DEFAULTS,
            unsupported_fields=_V3_UNSUPPORTED,
            source=assumed(_VOLC_IDENTIFIERS),
        ),
        source=_GUIDE,
    ),
    Model(
        id="seedance-2.0-mini",
        family=SEEDANCE_2_0,
        resolutions=("480p", "720p"),
        durations=_DURATIONS,
        aspect_ratios=_ASPECT_RATIOS,
        unsupported_fields=_UNSUPPORTED,
        references=_REFERENCES,
        references_source=assumed("how many references seedance-2.0-mini takes"),
        prices=(
            Price(
                resolutions=("480p", "720p"),
                without_video=Decimal(23),
                with_video=Decimal(14),
            ),
        ),
        # The vendor's page lists the models whose queued tasks can be cancelled; mini is not there.
        cancellable=False,
        v3=V3Variant(
            identifiers=("doubao-seedance-2-0-mini-260615", "dreamina-seedance-2-0-mini-260615"),
            resolutions=("480p", "720p"),
            defaults=_V3_DEFAULTS,
            unsupported_fields=_V3_UNSUPPORTED,
            source=assumed(_VOLC_IDENTIFIERS),
        ),
        source=_GUIDE,
    ),
    Model(
        id="seedance-2.5",
        family=SEEDANCE_2_5,
        resolutions=("480p", "720p"),
        durations=Range(4, 30, special_values=(MODEL_CHOOSES,)),
        aspect_ratios=_ASPECT_RATIOS,
        references=MappingProxyType({"reference_images": 30, "video_urls": 10, "audio_urls": 10}),
        prices=(_ASSUMED_PRICE,),
        defaults=MappingProxyType({"duration": MODEL_CHOOSES}),
        # What the input decides cannot be chosen too.
        operation_limits=MappingProxyType(
            {
                ("image-to-video", "aspect_ratio"): _ONLY_ADAPTIVE,
                ("start-end-to-video", "aspect_ratio"): _ONLY_ADAPTIVE,
                ("video-to-video", "aspect_ratio"): _ONLY_ADAPTIVE,
                ("video-extension", "aspect_ratio"): _ONLY_ADAPTIVE,
                ("video-to-video", "duration"): Range(MODEL_CHOOSES, MODEL_CHOOSES),
            }
        ),
        sufficient_inputs=MappingProxyType(
            {"reference": ("reference_images", "image_urls", "video_urls", "audio_urls")}
        ),
        unsupported_fields=("seed",),
        pixels=MappingProxyType(
            {**PIXELS, ("480p", "16:9"): (854, 480), ("480p", "9:16"): (480, 854)}
        ),
        v3=V3Variant(
            identifiers=("doubao-seedance-2-5-260628", "dreamina-seedance-2-5-260628"),
            resolutions=("480p", "720p"),
            defaults=MappingProxyType({"duration": MODEL_CHOOSES}),
            unsupported_fields=("seed",),
            source=page("create-volc: Seedance 2.5"),
        ),
        source=page("create-volc: Seedance 2.5"),
    ),
)

MODELS: Models = MappingProxyType({model.id: model for model in FAMILY})

EXAMPLE_MODEL = "seedance-2.0"
"""The model of example requests. It is no default: the API requires a model."""

PROVIDER = "bytedance"
CATEGORY = "video"
