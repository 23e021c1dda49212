//! The made-up models that requests go to.

/// A model that requests go to.
#[derive(Debug)]
pub(super) struct Chute {
    /// Its id, in the server's form.
    pub(super) id: &'static str,
    /// Its model's name.
    pub(super) name: &'static str,
    /// What a request to it costs, in millionths of a dollar.
    pub(super) micros: u64,
    /// Tokens of a usual request.
    pub(super) input_tokens: u64,
    /// Tokens of a usual answer.
    pub(super) output_tokens: u64,
}

/// All models. A [`Mix`] names them by their place.
pub(super) static CHUTES: [Chute; 6] = [
    Chute {
        id: "c0000001-fa4e-4000-8000-fa4efa4efa4e",
        name: "demo/large-instruct",
        micros: 1_600,
        input_tokens: 2_100,
        output_tokens: 480,
    },
    Chute {
        id: "c0000002-fa4e-4000-8000-fa4efa4efa4e",
        name: "demo/code-70b",
        micros: 1_100,
        input_tokens: 3_400,
        output_tokens: 620,
    },
    Chute {
        id: "c0000003-fa4e-4000-8000-fa4efa4efa4e",
        name: "demo/vision-12b",
        micros: 600,
        input_tokens: 1_250,
        output_tokens: 140,
    },
    Chute {
        id: "c0000004-fa4e-4000-8000-fa4efa4efa4e",
        name: "demo/reasoner",
        micros: 7_600,
        input_tokens: 5_200,
        output_tokens: 3_900,
    },
    Chute {
        id: "c0000005-fa4e-4000-8000-fa4efa4efa4e",
        name: "demo/embed-small",
        micros: 100,
        input_tokens: 410,
        output_tokens: 1,
    },
    Chute {
        id: "c0000006-fa4e-4000-8000-fa4efa4efa4e",
        name: "demo/deep-research",
        micros: 52_000,
        input_tokens: 88_000,
        output_tokens: 12_500,
    },
];

/// Which chutes requests go to, in turn: places in [`CHUTES`].
pub(super) type Mix = &'static [usize];
