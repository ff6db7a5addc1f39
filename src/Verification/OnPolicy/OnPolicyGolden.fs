/// Reads golden files of on-policy updates: the recorded agent, its initial parameters and
/// its episodes.
///
/// Format and tolerances: tests/golden/garage/README.md. Recorded weights are [units; inputs]; here they are
/// [inputs; units].
module internal MtrlFunctional.Verification.OnPolicyGolden

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Of advantages, returns, gradients, losses and products; of parameters after Adam epochs.
let near, far = Absolute 1e-10, Absolute 1e-9

/// Settings by garage's names; None: garage's default.
type Settings = string -> string option

/// A trust region; steps on a given problem have a name of their own for its size.
let trustRegion (file: Quantities) (settings: Settings) : TrustRegion =
    let garage = OnPolicyDefaults.trustRegion

    let number name otherwise =
        settings name
        |> Option.map (file.NumberOf name)
        |> Option.defaultValue otherwise

    {
        garage with
            MaxKl = number "max_kl" (number "max_constraint_value" garage.MaxKl)
            Iterations = int (number "cg_iters" (float garage.Iterations))
            Tolerance = number "cg_residual_tol" garage.Tolerance
            Damping = number "hvp_reg_coeff" garage.Damping
            Tries = int (number "max_backtracks" (float garage.Tries))
            Shrink = number "backtrack_ratio" garage.Shrink
            AcceptsViolation = settings "accept_violation" = Some "True"
    }

/// The parametrisation of the standard deviation of actions.
let actionStd (file: Quantities) (settings: Settings) : ActionStd =
    let garage = OnPolicyDefaults.actionStd

    let number name =
        settings name |> Option.map (file.NumberOf name)

    let least, most = number "min_std" |> Option.orElse garage.MinStd, number "max_std"

    {
        garage with
            InitStd = number "init_std" |> Option.defaultValue garage.InitStd
            // A lower bound of 1 without an upper bound is ignored: its logarithm 0 is false in
            // Python.
            MinStd = if least = Some 1.0 && most.IsNone then None else least
            MaxStd = most
            Learned = settings "learn_std" <> Some "False"
            Form =
                if settings "std_parameterization" = Some "softplus" then
                    SoftplusStd
                else
                    LogStd
    }

/// The agent with some settings, for the sizes of tensors in the file.
let agentOf (file: Quantities) (settings: Settings) observations actions hidden : OnPolicyAgent =
    let number name otherwise =
        settings name
        |> Option.map (file.NumberOf name)
        |> Option.defaultValue otherwise

    let flag name otherwise =
        settings name |> Option.map (file.FlagOf name) |> Option.defaultValue otherwise

    let usual: MinibatchSettings = OnPolicyDefaults.settings

    let epochs: MinibatchSettings =
        if settings "algo" = Some "vpg" then
            // One Adam step on all rows.
            {
                usual with
                    Epochs = 1
                    Minibatch = None
                    Adam = AdamRule(1e-3, 0.9, 0.999, 1e-8, 0.0)
            }
        else
            let betas =
                match settings "adam_betas" with
                | Some betas -> betas.Split ',' |> Array.map (file.NumberOf "adam_betas")
                | None -> [| usual.Adam.Beta1; usual.Adam.Beta2 |]

            {
                usual with
                    Epochs = int (number "passes" (float usual.Epochs))
                    Minibatch =
                        settings "minibatch_size"
                        |> Option.map (file.NumberOf "minibatch_size" >> int)
                        |> Option.orElse usual.Minibatch
                    Adam =
                        AdamRule(
                            number "adam_lr" usual.Adam.Rate,
                            betas[0],
                            betas[1],
                            number "adam_eps" usual.Adam.Epsilon,
                            0.0
                        )
            }

    let improve =
        if settings "algo" = Some "trpo" || (settings "max_kl").IsSome then
            TrustRegionStep(Ratio, trustRegion file settings)
        elif settings "algo" = Some "vpg" then
            GradientSteps(LogLikelihood, epochs, None)
        else
            GradientSteps(ClippedRatio(number "lr_clip_range" 0.2), epochs, None)

    let width name = (file.Shape name)[1]

    let garage =
        OnPolicyDefaults.garage 1 (width observations) (width actions) hidden improve

    let coefficient = number "policy_ent_coeff" 0.0

    OnPolicyAgent.create (Shards.serial 1) {
        garage with
            Value =
                match garage.Value with
                | ValueNetwork network -> ValueNetwork { network with Training = epochs }
                | linear -> linear
            Actions = PolicyKind.Gaussian(actionStd file settings)
            Discount = number "discount" garage.Discount
            Lambda = number "gae_lambda" garage.Lambda
            Entropy =
                match settings "entropy_method" with
                | Some "regularized" ->
                    InObjective(coefficient, not (flag "stop_entropy_gradient" false))
                | Some "max" -> InReward coefficient
                | _ -> NoBonus
            SoftplusEntropy = flag "use_softplus_entropy" false
            Advantage = {
                garage.Advantage with
                    NormalisedOver = if flag "center_adv" true then Some WholeBatch else None
                    Positive = flag "positive_adv" false
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

/// The parameters of a network ("policy", "vf") recorded under a prefix, in their order, with the suffix of each name.
let parameters (file: Quantities) network prefix suffix =
    [|
        for name in (file.Json $"{network}_param_order").EnumerateArray() ->
            file.Numbers $"{prefix}{name}{suffix}"
    |]
    |> Array.concat

let stepsOf (file: Quantities) = int (file.Number "max_episode_length")

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

/// The inputs of an update: its episodes, and its recorded orders of rows, one permutation per epoch; on a device.
let iteration device steps (from: Quantities) (update: Quantities) : Iteration =
    let lengths = from.Ints "lengths"
    let here = Tensor.toDevice device

    let read width name =
        padded steps lengths width (from.Numbers name) |> here

    let width name = (from.Shape name)[1]
    let wide name = read (width name) name
    let obs = int64 (width "observations")

    let order name : RowOrder =
        if update.Has name then
            let numbers = update.Ints name
            fun pass _ count -> Array.sub numbers (pass * count) count
        else
            fun _ _ count -> Array.init count id

    {
        Episodes = {
            Obs = wide "observations"
            Action = wide "actions"
            Reward = read 0 "rewards"
            LastObs =
                from.Numbers "last_observations"
                |> Tensor.ofDoubles [| 1L; int64 lengths.Length; obs |]
                |> here
            Lengths = lengths
            Terminal = lengths |> Array.map (fun length -> length < steps)
            Restarts = lengths |> Array.map (fun _ -> [||])
        }
        Lag = None
        PolicyOrder = order "policy_permutations"
        ValueOrder = order "vf_permutations"
        Progress = 0.0
    }

/// An initial state with recorded parameters, on a device.
let start device (agent: OnPolicyAgent) policy value : OnPolicyState =
    let options = { ScalarType = ScalarType.Float64; Device = device }

    let trained layout numbers =
        AdamState.start (Tensor.toDevice device (ofRecord layout numbers))

    {
        OnPolicyState.create agent (MtrlFunctional.Randomness.Key.ofSeed 0L) options with
            Policy = trained agent.PolicyLayout policy
            Value = trained agent.ValueLayout value
    }

/// The surrogate of an agent.
let surrogateOf (agent: OnPolicyAgent) =
    match agent.Config.Improve with
    | GradientSteps(kind, _, _)
    | TrustRegionStep(kind, _) -> kind

/// A number for each episode as one for each of its steps.
let spreadLike (steps: Tensor) (x: Tensor) = Tensor.expand (Tensor.shape steps) x
