/// The families of variants of MTEnv's hidden-parameter tasks.
module MtrlFunctional.Tasks.DmControl.Variations

open MtrlFunctional

/// Steps from variant 1.
let private steps index = decimal (index - 1)

/// A family that changes the dynamics, in the colours of a domain.
let private variation domain family description look changes = {
    Domain = domain
    Family = family
    Description = description
    SameDynamics = false
    Changes = fun index -> look @ changes index
}

/// x-radius of the touch sensors, 0.025 to 0.25 m. Sensors exert no forces, so the dynamics of all ten variants are
/// identical; only the observations of touch differ.
[<CompiledName("FingerSize")>]
let internal fingerSize = {
    Domain = "finger"
    Family = "size"
    Description = "The touch sensors are wider; the dynamics equal the plain model's."
    SameDynamics = true
    Changes =
        fun index ->
            Look.blue
            @ [
                Variation.change
                    "default/default[@class='touch']/site"
                    "size"
                    (Variation.numbers [ 0.025m * decimal index; 0.03m; 0.025m ])
            ]
}

/// Half length of the torso, 0.5 to 1.4 m, between the same hips. The mass of the whole stays 14 kg.
[<CompiledName("CheetahTorsoLength")>]
let internal cheetahTorsoLength =
    variation
        "cheetah"
        "torso_length"
        "The torso is longer and heavier, the legs are lighter."
        Look.grey
        (fun index ->
            let half = 0.5m + 0.1m * steps index

            [ Variation.ofGeom "torso" "fromto" [ -half; 0m; 0m; half; 0m; 0m ] ])

/// Half length of the back foot, 0.094 to 0.184 m; its upper end stays where it is.
let internal cheetahBackFoot =
    variation "cheetah" "bfoot_len" "The back foot is longer." Look.grey (fun index ->
        let more = 0.01m * steps index

        [
            Variation.ofGeom "bfoot" "size" [ 0.046m; 0.094m + more ]
            Variation.ofGeom "bfoot" "pos" [ 0.03m; 0m; -0.097m - more ]
        ])

/// Distance of both hips from the middle of the torso, 0.5 to 0.32 m.
let internal cheetahHips =
    variation "cheetah" "foot_pos" "The hips are closer to each other." Look.grey (fun index ->
        let x = 0.5m - 0.02m * steps index

        let hip body x =
            Variation.change
                $"worldbody//body[@name='{body}']"
                "pos"
                (Variation.numbers [ x; 0m; 0m ])

        [ hip "bthigh" -x; hip "fthigh" x ])

/// Half lengths of the capsules of the legs of the cheetah, m.
let private legs = [
    "bthigh", 0.145m
    "bshin", 0.15m
    "bfoot", 0.094m
    "fthigh", 0.133m
    "fshin", 0.106m
    "ffoot", 0.07m
]

/// Radius of all parts of the legs: 0.046 m, then 0.0552 to 0.092 m.
let internal cheetahLegRadius =
    variation "cheetah" "foot_size" "The legs are thicker and heavier." Look.grey (fun index ->
        let radius =
            if index = 1 then
                0.046m
            else
                0.046m * (1m + 0.1m * decimal index)

        [
            for name, half in legs do
                Variation.ofGeom name "size" [ radius; half ]
        ])

/// Sliding friction of all geoms, 0.7 to 1.6.
[<CompiledName("WalkerFriction")>]
let internal walkerFriction =
    variation "walker" "friction" "Floor and robot slide less." Look.grey (fun index -> [
        Variation.change
            "default/geom"
            "friction"
            (Variation.numbers [ 0.7m + 0.1m * steps index; 0.1m; 0.1m ])
    ])

/// Half length of the left foot, 0.08 to 0.17 m; the right one has 0.1 m always, so variant 3 is the plain model.
[<CompiledName("WalkerFoot")>]
let walkerFoot =
    variation
        "walker"
        "len"
        "The left foot has another length than the right one."
        Look.grey
        (fun index -> [
            Variation.ofGeom "left_foot" "size" [ 0.05m; 0.08m + 0.01m * steps index ]
        ])

/// Mass of the cart, 1 to 5.5 kg.
let internal cartMass =
    variation "cartpole" "cart_mass" "The cart is heavier." Look.blue (fun index -> [
        Variation.ofGeom "cart" "mass" [ 1m + 0.5m * steps index ]
    ])

/// Mass of the pole, 0.1 to 0.55 kg.
let internal poleMass =
    variation "cartpole" "pole_mass" "The pole is heavier." Look.blue (fun index -> [
        Variation.change
            "default/default[@class='pole']/geom"
            "mass"
            (Variation.number (0.1m + 0.05m * steps index))
    ])

/// All families; the first of a domain's is the one that MTEnv registers.
[<CompiledName("All")>]
let internal all = [
    fingerSize
    cheetahTorsoLength
    walkerFriction
    walkerFoot
    cheetahBackFoot
    cheetahHips
    cheetahLegRadius
    cartMass
    poleMass
]

/// The family of a domain, or a message with the nearest names.
[<CompiledName("Find")>]
let internal find domain family =
    let here = all |> List.filter (fun variation -> variation.Domain = domain)

    match here |> List.tryFind (fun variation -> variation.Family = family) with
    | Some variation -> Ok variation
    | None ->
        let names = here |> List.map _.Family
        Error $"'{family}' is not a family of variants of {domain}.{Nearest.hint names family}"

let private sources =
    lazy
        (Map [
            for variation in all do
                for index in 1 .. Variation.count do
                    Variation.modelName variation index,
                    { File = variation.Domain; Changes = variation.Changes index }
        ])

/// The document of a model, by the name of the model; one that is not a variant is a file without changes.
[<CompiledName("Source")>]
let internal source model =
    sources.Value
    |> Map.tryFind model
    |> Option.defaultValue { File = model; Changes = [] }
