/// Reads golden files of on-policy updates: the recorded agent, its initial parameters and
/// its episodes.
///
/// Format and tolerances: tests/golden/garage/README.md. Recorded weights are [units; inputs]; here they are
/// [inputs; units].
module internal MtrlFunctional.Verification.OnPolicyGolden

open System.Text.Json
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.RecordedBatches

/// Of advantages, returns, gradients, losses and products; of parameters after Adam epochs.
let near, far = Scaled 1e-10, Scaled 1e-9

/// Settings by garage's names; a setting that is not found has garage's default.
type Settings(file: Quantities, find: string -> string option) =
    member _.TryNumber name =
        find name |> Option.map (file.NumberOf name)

    member settings.Number name otherwise =
        settings.TryNumber name |> Option.defaultValue otherwise

    /// A number that Python's None, or null, takes away.
    member _.Optional name otherwise =
        match find name with
        | None -> otherwise
        | Some("None" | "") -> None
        | Some text -> Some(file.NumberOf name text)

    member settings.Int name otherwise =
        int (settings.Number name (float otherwise))

    member _.Flag name otherwise =
        find name |> Option.map (file.FlagOf name) |> Option.defaultValue otherwise

    member _.Text name = find name |> Option.defaultValue ""

/// A trust region; steps on a given problem have a name of their own for its size.
let trustRegion (settings: Settings) : TrustRegion =
    let garage = OnPolicyDefaults.trustRegion

    {
        garage with
            MaxKl = settings.Number "max_kl" (settings.Number "max_constraint_value" garage.MaxKl)
            Iterations = settings.Int "cg_iters" garage.Iterations
            Tolerance = settings.Number "cg_residual_tol" garage.Tolerance
            Damping = settings.Number "hvp_reg_coeff" garage.Damping
            Tries = settings.Int "max_backtracks" garage.Tries
            Shrink = settings.Number "backtrack_ratio" garage.Shrink
            AcceptsViolation = settings.Flag "accept_violation" false
    }

/// The parametrisation of the standard deviation of actions.
let actionStd (settings: Settings) : ActionStd =
    let garage = OnPolicyDefaults.actionStd
    let most = settings.Optional "max_std" garage.MaxStd
    let least = settings.Optional "min_std" garage.MinStd
    let isSoftplus = settings.Text "std_parameterization" = "softplus"

    {
        garage with
            InitStd = settings.Number "init_std" garage.InitStd
            // A lower bound of 1 without an upper bound is ignored: its logarithm 0 is false in
            // Python.
            MinStd = if least = Some 1.0 && most.IsNone then None else least
            MaxStd = most
            Learned = settings.Flag "learn_std" true
            Form = if isSoftplus then SoftplusStd else LogStd
    }

/// "ppo", "trpo" or "vpg", of a case, or of a whole file by its kind; "" where neither names one.
let private algorithm (settings: Settings) =
    match settings.Text "algo", settings.Text "kind" with
    | "", kind when kind.StartsWith "mt" -> kind.Substring 2
    | algo, _ -> algo

/// The activation between the layers of "policy" or "vf", which stands behind its units ("[64,64] tanh"), or under garage's
/// name.
let private activation (file: Quantities) (settings: Settings) network =
    let behindUnits = (settings.Text $"{network}_hidden").Split ']' |> Array.last

    let named =
        [
            settings.Text $"{network}_hidden_nonlinearity"
            settings.Text "hidden_nonlinearity"
            behindUnits
        ]
        |> List.map _.Trim()
        |> List.tryFind ((<>) "")
        |> Option.defaultValue "tanh"

    match (named.Split '.' |> Array.last).ToLowerInvariant() with
    | "tanh" -> Tanh
    | "relu" -> Relu
    | _ ->
        raise (
            SafetensorsException(
                file.Path,
                $"the layers of '{network}' have the activation '{named}'; it must be tanh or relu."
            )
        )

/// Of plain policy gradients: one step on all rows.
let private oneStep: MinibatchSettings = {
    OnPolicyDefaults.settings with
        Epochs = 1
        Minibatch = None
        Adam = AdamRule(1e-3, 0.9, 0.999, 1e-8, 0.0)
}

/// Passes of Adam.
let private training (file: Quantities) (settings: Settings) : MinibatchSettings =
    let usual =
        if algorithm settings = "vpg" then
            oneStep
        else
            OnPolicyDefaults.settings

    let rate = settings.Number "adam_lr" usual.Adam.Rate
    let epsilon = settings.Number "adam_eps" usual.Adam.Epsilon

    let betas =
        match settings.Text "adam_betas" with
        | "" -> [| usual.Adam.Beta1; usual.Adam.Beta2 |]
        | pair -> pair.Split ',' |> Array.map (file.NumberOf "adam_betas")

    {
        usual with
            Epochs = settings.Int "passes" usual.Epochs
            Minibatch =
                usual.Minibatch
                |> Option.map float
                |> settings.Optional "minibatch_size"
                |> Option.map int
            Adam = AdamRule(rate, betas[0], betas[1], epsilon, 0.0)
    }

/// The agent with some settings, for the sizes of tensors in the file and units of the hidden layers.
let agentOf (file: Quantities) (settings: Settings) (from: Quantities) hidden : OnPolicyAgent =
    let training = training file settings
    let descent kind = GradientSteps(kind, training, None)

    let improve =
        match algorithm settings with
        | "vpg" -> descent LogLikelihood
        | algo when algo = "trpo" || (settings.TryNumber "max_kl").IsSome ->
            TrustRegionStep(Ratio, trustRegion settings)
        | _ -> descent (ClippedRatio(settings.Number "lr_clip_range" 0.2))

    let width name = (from.Shape name)[1]

    let garage =
        OnPolicyDefaults.garage 1 (width "observations") (width "actions") hidden improve

    let layers network hidden output =
        Mlp.layer {
            Hidden = hidden
            Output = output
            Activation = activation file settings network
        }

    let coefficient = settings.Number "policy_ent_coeff" 0.0
    let isCentred = settings.Flag "center_adv" true

    OnPolicyAgent.create (Shards.serial 1) {
        garage with
            Policy = layers "policy" (fst hidden) garage.ActionSize
            Value =
                match garage.Value with
                | ValueNetwork network ->
                    ValueNetwork {
                        network with
                            Spec = layers "vf" (snd hidden) 1
                            Training = training
                    }
                | linear -> linear
            Actions = PolicyKind.Gaussian(actionStd settings)
            Discount = settings.Number "discount" garage.Discount
            Lambda = settings.Number "gae_lambda" garage.Lambda
            Entropy =
                match settings.Text "entropy_method" with
                | "regularized" ->
                    InObjective(coefficient, not (settings.Flag "stop_entropy_gradient" false))
                | "max" -> InReward coefficient
                | _ -> NoBonus
            SoftplusEntropy = settings.Flag "use_softplus_entropy" false
            Advantage.NormalisedOver = if isCentred then Some WholeBatch else None
            Advantage.Positive = settings.Flag "positive_adv" false
    }

/// The elements of a vector, by parameter, with the columns of its matrices as rows.
let private turned columns (layout: Layout) (numbers: float[]) =
    layout.Slots
    |> List.map (fun { Offset = offset; Parameter = parameter } ->
        let part = Array.sub numbers (int offset) (int (Parameter.count parameter))

        match parameter.Shape with
        | [ inputs; units ] -> Recorded.transposed (int (columns (inputs, units))) part
        | _ -> part)
    |> Array.concat

/// Our vector in the recorded layout.
let toRecord layout (vector: Tensor) =
    turned snd layout (Tensor.toDoubles vector)

/// A recorded vector in our layout.
let ofRecord layout (numbers: float[]) =
    if int64 numbers.Length <> layout.Length then
        invalidArg
            "numbers"
            $"{numbers.Length} parameters recorded, {layout.Length} fit the networks."

    Tensor.ofDoubles [| layout.Length |] (turned fst layout numbers)

/// The parameters of a network ("policy", "vf"), in their order: names, or names with shapes.
let order (file: Quantities) network =
    (file.Json $"{network}_param_order").EnumerateArray() |> Seq.toList

/// The parameters of a network recorded under a prefix, with the suffix of each name.
let parameters (file: Quantities) network prefix suffix =
    [| for name in order file network -> file.Numbers $"{prefix}{name}{suffix}" |]
    |> Array.concat

/// Units of the hidden layers of policy and value function, among parameters whose names and shapes `read` finds.
let hidden (file: Quantities) (read: string -> JsonElement -> string * int[]) =
    let ofNetwork network = [
        for name, shape in order file network |> List.map (read network) do
            if name.Contains "._layers." && shape.Length = 1 then
                shape[0]
    ]

    ofNetwork "policy", ofNetwork "vf"

let stepsOf (file: Quantities) = int (file.Number "max_episode_length")

/// The order of the steps of episodes: one row of equally many steps for each.
let private orderOf steps (lengths: int[]) : Order = {
    Tasks = lengths.Length
    Rows = steps
    Places = [|
        for e in 0 .. lengths.Length - 1 do
            for t in 0 .. lengths[e] - 1 -> e * steps + t
    |]
}

/// Rows of a flat batch of episodes as [1; episodes; steps; width], padded with zeros; width 0: no
/// last dimension.
let padded steps lengths width numbers =
    scatter (orderOf steps lengths) width numbers |> Tensor.unsqueeze 0

/// The rows of [1; episodes; steps(; n)] or [1; episodes · steps(; n)] without their padding.
let withoutPadding (episodes: Episodes) x =
    let _, _, steps = Episodes.sizes episodes
    collect (orderOf steps episodes.Lengths) x

/// The inputs of an update: its episodes, and its recorded orders of rows, one permutation per epoch.
let iteration steps (from: Quantities) (update: Quantities) : Iteration =
    let lengths = from.Ints "lengths"

    let read name =
        let width = from.Shape name |> Array.tryItem 1 |> Option.defaultValue 0
        padded steps lengths width (from.Numbers name)

    let obs, last = read "observations", from.Numbers "last_observations"

    let order name : RowOrder =
        if update.Has name then
            let numbers = update.Ints name
            fun pass _ count -> Array.sub numbers (pass * count) count
        else
            fun _ _ count -> Array.init count id

    let episodes = {
        Obs = obs
        Action = read "actions"
        Reward = read "rewards"
        LastObs = Tensor.ofDoubles [| 1L; int64 lengths.Length; Tensor.size -1 obs |] last
        Lengths = lengths
        Terminal = lengths |> Array.map (fun length -> length < steps)
        Restarts = lengths |> Array.map (fun _ -> [||])
        Remembered = lengths |> Array.map (fun _ -> false)
    }

    {
        Episodes = Episodes.map from.Here episodes
        Lag = None
        PolicyOrder = order "policy_permutations"
        ValueOrder = order "vf_permutations"
        Progress = 0.0
    }

/// An initial state with recorded parameters.
let start (file: Quantities) (agent: OnPolicyAgent) policy value : OnPolicyState =
    let options = { ScalarType = ScalarType.Float64; Device = file.Device }

    let trained layout numbers =
        AdamState.start (file.Here(ofRecord layout numbers))

    {
        OnPolicyState.create agent (MtrlFunctional.Randomness.Key.ofSeed 0L) options with
            Policy = trained agent.PolicyLayout policy
            Value = trained agent.ValueLayout value
    }

/// A number for each episode as one for each of its steps.
let spreadLike (steps: Tensor) (x: Tensor) = Tensor.expand (Tensor.shape steps) x

/// Of the trials of a line search.
let trials (outcome: TrustRegions.Outcome) pick =
    outcome.Trials |> List.map pick |> List.toArray
