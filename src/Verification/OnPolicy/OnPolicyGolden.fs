/// Reads golden files of on-policy updates: the recorded agent, its initial parameters and
/// its episodes.
///
/// Format: tests/golden/garage/README.md. Recorded weights are [units; inputs]; here they are
/// [inputs; units].
module internal MtrlFunctional.Verification.OnPolicyGolden

open System.Globalization
open System.Text.Json
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Storage

/// A text of the metadata.
let text (file: SafetensorsFile) key =
    match file.Metadata.TryGetValue key with
    | true, text -> text
    | _ -> raise (SafetensorsException(file.Path, $"has no metadata '{key}'."))

let private unreadable (file: SafetensorsFile) key (found: string) =
    raise (SafetensorsException(file.Path, $"metadata '{key}' is not understood: {found}"))

/// A number of the metadata.
let number (file: SafetensorsFile) key =
    let found = text file key

    match System.Double.TryParse(found, NumberStyles.Float, CultureInfo.InvariantCulture) with
    | true, number -> number
    | _ -> unreadable file key found

/// True or False.
let flag (file: SafetensorsFile) key =
    match text file key with
    | "True" -> true
    | "False" -> false
    | found -> unreadable file key found

/// JSON in the metadata.
let json (file: SafetensorsFile) key =
    try
        JsonDocument.Parse(text file key).RootElement
    with :? JsonException ->
        unreadable file key (text file key)

/// Hidden layers: "[64,64] tanh".
let private hidden (file: SafetensorsFile) key =
    let found = text file key

    match found.Split ' ' with
    | [| sizes; "tanh" |] -> [
        for size in JsonDocument.Parse(sizes).RootElement.EnumerateArray() -> size.GetInt32()
      ]
    | _ -> unreadable file key found

let private sizeOf (file: SafetensorsFile) name = int (file.Tensor name).Shape[1]

/// A value function with its own epochs.
let fittedBy settings =
    function
    | ValueNetwork network -> ValueNetwork { network with Training = settings }
    | LinearFeatures _ as linear -> linear

/// The agent of a file of whole updates.
let agentOf (file: SafetensorsFile) : OnPolicyAgent =
    let betas = (text file "adam_betas").Split ',' |> Array.map float

    let settings: MinibatchSettings = {
        OnPolicyDefaults.settings with
            Adam = AdamRule(number file "adam_lr", betas[0], betas[1], number file "adam_eps", 0.0)
            Epochs = int (number file "passes")
            Minibatch = Some(int (number file "minibatch_size"))
    }

    let improve =
        if text file "max_kl" = "" then
            GradientSteps(ClippedRatio(number file "lr_clip_range"), settings, None)
        else
            TrustRegionStep(
                Ratio,
                {
                    OnPolicyDefaults.trustRegion with
                        MaxKl = number file "max_kl"
                        Iterations = int (number file "cg_iters")
                        Tolerance = number file "cg_residual_tol"
                        Damping = number file "hvp_reg_coeff"
                        Tries = int (number file "max_backtracks")
                        Shrink = number file "backtrack_ratio"
                }
            )

    let garage =
        OnPolicyDefaults.garage
            1
            (sizeOf file "iter0/observations")
            (sizeOf file "iter0/actions")
            (hidden file "policy_hidden", hidden file "vf_hidden")
            improve

    OnPolicyAgent.create (Shards.serial 1) {
        garage with
            Value = fittedBy settings garage.Value
            Discount = number file "discount"
            Lambda = number file "gae_lambda"
            Actions =
                PolicyKind.Gaussian {
                    OnPolicyDefaults.actionStd with
                        InitStd = number file "init_std"
                        MinStd = Some(number file "min_std")
                }
            Advantage = {
                garage.Advantage with
                    NormalisedOver = if flag file "center_adv" then Some WholeBatch else None
                    Positive = flag file "positive_adv"
            }
    }

/// The elements of a vector, by parameter, with transposed weights: to or from the recording.
let private turned toRecord (layout: Layout) (numbers: float[]) =
    layout.Slots
    |> List.map (fun slot ->
        let part =
            Array.sub numbers (int slot.Offset) (int (Parameter.count slot.Parameter))

        match slot.Parameter.Shape with
        | [ inputs; units ] ->
            let rows, columns =
                if toRecord then
                    int units, int inputs
                else
                    int inputs, int units

            Array.init part.Length (fun i -> part[(i % columns) * rows + i / columns])
        | _ -> part)
    |> Array.concat

/// Our vector in the recorded layout.
let toRecord layout (vector: Tensor) =
    turned true layout (Tensor.toDoubles vector)

/// A recorded vector in our layout.
let ofRecord layout (numbers: float[]) =
    if int64 numbers.Length <> layout.Length then
        invalidArg
            "numbers"
            $"{numbers.Length} parameters recorded, {layout.Length} fit the networks."

    Tensor.ofDoubles [| layout.Length |] (turned false layout numbers)

/// The parameters recorded under a prefix, in their order, with the suffix of each name.
let parameters (file: SafetensorsFile) key prefix suffix =
    [|
        for name in (json file key).EnumerateArray() -> file.ReadDoubles $"{prefix}{name}{suffix}"
    |]
    |> Array.concat

/// Rows of a flat batch of episodes as [1; episodes; steps; width], padded with zeros; width 0: no
/// last dimension.
let padded steps (lengths: int[]) width (numbers: float[]) =
    let wide = max 1 width
    let result = Array.zeroCreate (lengths.Length * steps * wide)
    let starts = Array.scan (+) 0 lengths

    for e in 0 .. lengths.Length - 1 do
        System.Array.Copy(numbers, starts[e] * wide, result, e * steps * wide, lengths[e] * wide)

    let shape = [| 1L; int64 lengths.Length; int64 steps |]
    Tensor.ofDoubles (if width = 0 then shape else [| yield! shape; int64 width |]) result

/// The rows of [1; episodes; steps(; n)] or [1; episodes · steps(; n)] without their padding.
let withoutPadding (episodes: Episodes) (x: Tensor) =
    let _, _, steps = Episodes.sizes episodes
    let numbers = Tensor.toDoubles x
    let wide = numbers.Length / (episodes.Lengths.Length * steps)

    [|
        for e in 0 .. episodes.Lengths.Length - 1 do
            yield! Array.sub numbers (e * steps * wide) (episodes.Lengths[e] * wide)
    |]

/// Episodes under a prefix; the last step's type or a flag says whether one terminated.
let episodes (file: SafetensorsFile) steps prefix : Episodes =
    let lengths = file.ReadLongs $"{prefix}lengths" |> Array.map int

    let read width name =
        padded steps lengths width (file.ReadDoubles $"{prefix}{name}")

    let obs = sizeOf file $"{prefix}observations"
    let last = file.ReadDoubles $"{prefix}last_observations"

    {
        Obs = read obs "observations"
        Action = read (sizeOf file $"{prefix}actions") "actions"
        Reward = read 0 "rewards"
        LastObs = Tensor.ofDoubles [| 1L; int64 lengths.Length; int64 obs |] last
        Lengths = lengths
        Terminal = lengths |> Array.map (fun length -> length < steps)
        Restarts = lengths |> Array.map (fun _ -> [||])
    }

/// The recorded orders of rows: one permutation per epoch.
let order (file: SafetensorsFile) name : RowOrder =
    if not (file.Contains name) then
        fun _ _ count -> Array.init count id
    else
        let numbers = file.ReadLongs name |> Array.map int
        fun pass _ count -> Array.sub numbers (pass * count) count

let private onDevice device (episodes: Episodes) = {
    episodes with
        Obs = Tensor.toDevice device episodes.Obs
        Action = Tensor.toDevice device episodes.Action
        Reward = Tensor.toDevice device episodes.Reward
        LastObs = Tensor.toDevice device episodes.LastObs
}

/// The inputs of the update under a prefix, on a device.
let iteration device (file: SafetensorsFile) steps from prefix : Iteration = {
    Episodes = episodes file steps from |> onDevice device
    Lag = None
    PolicyOrder = order file $"{prefix}policy_permutations"
    ValueOrder = order file $"{prefix}vf_permutations"
    Progress = 0.0
}

/// An initial state with recorded parameters, on a device.
let start device (agent: OnPolicyAgent) policy value : OnPolicyState =
    let options = { ScalarType = ScalarType.Float64; Device = device }

    let trained layout numbers =
        AdamState.start (Tensor.toDevice device (ofRecord layout numbers))

    let fresh =
        OnPolicyState.create agent (MtrlFunctional.Randomness.Key.ofSeed 0L) options

    {
        fresh with
            Policy = trained agent.PolicyLayout policy
            Value = trained agent.ValueLayout value
    }
