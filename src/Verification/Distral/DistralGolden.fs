/// Reads golden files of Distral: the recorded agents, their initial parameters and their batches.
/// Two recording programs wrote them, with different names: that of tests/golden/mtrl/README.md,
/// and that of the pixel agents ("mtrl_pixels").
///
/// Reading order: Writing (names of either) → agent → state → batches.
module internal MtrlFunctional.Verification.DistralGolden

open System.Text.Json
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Storage

/// Naming scheme of a recording program.
type Writing = {
    /// The words of the recorded command, and the sizes of observation and action.
    Command: SafetensorsFile -> string list * int * int
    /// Prefix of a part of an agent ("actor"), or of the distilled policy.
    Agent: int -> string -> string
    Distilled: string
    Start: string
    /// Indices of the updates.
    Updates: int64 list
    /// Prefix of the parameters after an update.
    After: int64 -> string
    Noise: int64 -> int -> string
    Log: int64 -> string
    /// Uniform numbers of the decoder's target, given the number of agents, of an agent in an update.
    Pixels: int64 -> int -> int -> int -> float[]
    /// The batch of an agent, given the number of agents, in an update, without noise.
    Rows: SafetensorsFile -> int64 -> int -> int -> Batch
}

/// A golden file and its recorded agents.
type Recording = {
    File: SafetensorsFile
    Writing: Writing
    Agent: DistralAgent
    /// Where the updates are computed.
    Device: TorchSharp.torch.Device
}

let private json (file: SafetensorsFile) key =
    JsonDocument.Parse(file.Metadata[key]).RootElement

let private tensor (file: SafetensorsFile) name (shape: int64[]) =
    Tensor.ofDoubles shape (SacGolden.numbersOf file name (Array.reduce (*) shape))

let private zero = Tensor.ofDoubles [| 1L |] [| 0.0 |]

let private rows obs action reward next notDone step : Batch =
    let rows = Tensor.size 0 obs
    let row (x: Tensor) = Tensor.reshape [| 1L; rows |] x

    {
        Obs = Tensor.unsqueeze 0 obs
        Action = Tensor.unsqueeze 0 action
        Reward = row reward
        NextObs = Tensor.unsqueeze 0 next
        Terminal = 1.0 +. -1.0 *. row notDone
        Weight = 1.0 +. Tensor.zerosLike (row reward)
        Noise = zero
        NextNoise = zero
        Draws = Map.empty
        Step = step
    }

let private table (file: SafetensorsFile) name =
    tensor file name (Seq.toArray (file.Tensor name).Shape)

let private states: Writing = {
    Command =
        fun file ->
            let words key = [
                for entry in (json file key).EnumerateObject() do
                    // Every agent here has the identity decoder.
                    if entry.Name <> "agent.decoder" then
                        $"{entry.Name}={entry.Value}"
            ]

            let agents = (json file "optimizers").EnumerateObject() |> Seq.length
            // An actor, critics and a temperature each, and the distilled policy.
            let tasks = TaskNames.mt10 |> List.truncate (agents / 3) |> String.concat ","
            let obs, actions = json file "obs_shape", json file "action_dim"

            words "groups" @ words "overrides" @ [ $"env.tasks=[{tasks}]" ],
            obs[0].GetInt32(),
            actions.GetInt32()
    Agent = fun agent part -> $"task{agent}.{part}."
    Distilled = "distilled.actor."
    Start = "init/param/"
    Updates = [ 1L .. 3L ]
    After = fun k -> $"after{k}/param/"
    Noise = fun k j -> $"u{k}/noise{j}"
    Log = fun k -> $"u{k}/log/"
    Pixels = fun _ _ _ _ -> [||]
    Rows =
        fun file k _ _ ->
            let read name = table file $"batch{k}/{name}"

            rows
                (read "env_obs")
                (read "action")
                (read "reward")
                (read "next_env_obs")
                (read "not_done")
                k
}

let private observations (file: SafetensorsFile) =
    if file.Contains "frames" then "frames" else "states"

let private pictures: Writing = {
    Command =
        fun file ->
            let config = json file "cfg"
            let actor = config.GetProperty "actor"
            let encoder = config.GetProperty "enc"
            let alpha = file.Metadata["distral_alpha"]
            let agents = (json file "agent_index_to_task_index").GetArrayLength()
            let variants = [ 0 .. agents - 1 ] |> List.map string |> String.concat ","

            [
                "setup=hipbmdp"
                "env=dmcontrol-finger-spin-distribution-v0"
                "agent=distral"
                $"env.train=[{variants}]"
                "env.eval.interpolation=[]"
                "env.eval.extrapolation=[]"
                "env.builder.make_kwargs.from_pixels=False"
                $"agent.multitask.num_envs={agents}"
                $"""agent.actor.hidden_dim={actor.GetProperty "hidden_dim"}"""
                $"""agent.actor.num_layers={actor.GetProperty "num_layers"}"""
                $"""agent.encoder.type_to_select={encoder.GetProperty "type"}"""

                if file.Contains "frames" then
                    for name in [ "feature_dim"; "num_filters"; "num_layers" ] do
                        $"agent.encoder.pixel.{name}={encoder.GetProperty name}"

                $"agent.distral_alpha={alpha}"
            ],
            int (
                (file.Tensor(observations file)).Count
                / Seq.head (file.Tensor(observations file)).Shape
            ),
            int (file.Tensor "action").Shape[1]
    Agent = fun agent part -> $"task_agent_{agent}/{part}/"
    Distilled = "distilled/actor/"
    Start = "init/"
    Updates = [ 0L .. 2L ]
    After = fun k -> $"step{k}/after/"
    Noise = fun k j -> $"step{k}/noise/{j}"
    Log = fun k -> $"step{k}/log/train/"
    Pixels = fun k agents agent count -> SacWriting.congruential (int k * agents + agent + 1) count
    Rows =
        fun file k agents agent ->
            let indices = table file "batch_index"
            let draw = (k * int64 agents + int64 agent) % Tensor.size 0 indices

            let here =
                Tensor.reshape [| -1L |] (Tensor.narrow 0 draw 1L indices) |> Tensor.toDoubles

            let taken name ahead =
                let order = here |> Array.map (fun i -> int64 i + ahead)
                let all = table file name
                let flat = Tensor.reshape [| Tensor.size 0 all; -1L |] all
                Tensor.take 0 order flat

            rows
                (taken (observations file) 0L)
                (taken "action" 0L)
                (taken "reward" 0L)
                (taken (observations file) 1L)
                (taken "not_done" 0L)
                k
}

/// Rebuilds the recorded agents, with the original behaviour.
let read device (file: SafetensorsFile) =
    let writing = if file.Contains "batch_index" then pictures else states
    let words, obs, actions = writing.Command file

    let environment = {
        Observation = EnvironmentSpec.vector obs
        Action = ActionSpace.Box actions
        Horizon = 1
        Terminates = false
    }

    match Experiment.readObserving environment ("fidelity=original" :: words) with
    | Ok(experiment, _) ->
        let config = DistralSetup.ofExperiment Precision.Full obs actions experiment

        {
            File = file
            Writing = writing
            Agent = DistralAgent.create (Shards.serial 1) config
            Device = device
        }
    | Error mistakes ->
        let mistakes = mistakes |> List.map string |> String.concat " "
        raise (SafetensorsException(file.Path, $"its command is not understood: {mistakes}"))

/// The recorded name of a parameter within its part: indices of layers include the activations.
let private local (path: string) =
    let layer i kind = $"{2 * int (i: string)}.{kind}"

    let norm kind =
        if kind = "gain" then "weight" else "bias"

    match List.ofArray (path.Split '/') with
    | [ "encoder"; "trunk"; i; kind ] -> $"encoder.trunk.{layer i kind}"
    | [ "encoder"; "pixel"; "conv"; i; kind ] -> $"encoder.convs.{i}.{kind}"
    | [ "encoder"; "pixel"; "linear"; "0"; kind ] -> $"encoder.fc.{kind}"
    | [ "encoder"; "pixel"; "norm"; kind ] -> $"encoder.ln.{norm kind}"
    | [ "linear"; "0"; kind ] -> $"fc.{kind}"
    | [ "deconv"; i; kind ] -> $"deconvs.{i}.{kind}"
    | [ ("q1" | "q2") as critic; "own"; i; kind ] ->
        $"{critic.ToUpperInvariant()}.model.{layer i kind}"
    | parts ->
        match List.rev parts with
        | kind :: i :: _ -> $"model.{layer i kind}"
        | _ -> path

/// Recorded weights are [units; inputs]; here they are [inputs; units].
let private laid (file: SafetensorsFile) name (shape: int64 list) =
    match shape with
    | [ inputs; units ] ->
        Tensor.transpose 0 1 (tensor file name [| units; inputs |]) |> Tensor.contiguous
    | shape -> tensor file name (Array.ofList shape)

/// A vector of the agents' parameters: of each agent's `part`, under a prefix.
let agents recording part (layout: Layout) prefix =
    Layout.flatten layout (fun p ->
        Tensor.stack 0 [|
            for agent in 0 .. recording.Agent.Config.Agents.Tasks - 1 ->
                laid
                    recording.File
                    $"{prefix}{recording.Writing.Agent agent part}{local p.Path}"
                    p.Shape.Tail
        |])

/// The parameters of the distilled policy, under a prefix.
let distilled recording prefix =
    Layout.flatten recording.Agent.DistilledLayout (fun p ->
        laid recording.File $"{prefix}{recording.Writing.Distilled}{local p.Path}" p.Shape)

/// log α of each agent, under a prefix: only its first element is used.
let temperatures recording prefix =
    Tensor.ofDoubles [| int64 recording.Agent.Config.Agents.Tasks |] [|
        for agent in 0 .. recording.Agent.Config.Agents.Tasks - 1 ->
            let name = (recording.Writing.Agent agent "log_alpha").TrimEnd('.', '/')
            (recording.File.ReadDoubles $"{prefix}{name}")[0]
    |]

/// The actors' own parts of the encoders, whose paths begin with the name of their part.
let privateParts recording (layout: Layout) prefix =
    let within (parameter: Parameter) =
        parameter.Path.Substring("actor/".Length)

    let inner =
        Layout.create [
            for slot in layout.Slots -> { slot.Parameter with Path = within slot.Parameter }
        ]

    agents recording "actor" inner prefix

/// The state before the first update.
let start recording : SacState =
    let agent, prefix = recording.Agent.Agents, recording.Writing.Start

    let values (part: StatePart) =
        if List.isEmpty part.Layout.Slots then
            Tensor.ofDoubles [| 0L |] [||]
        elif part.Role.IsOptimiser then
            Tensor.ofDoubles [| part.Layout.Length |] (Array.zeroCreate (int part.Layout.Length))
        elif part.Name = SacParts.logAlpha.PartName then
            temperatures recording prefix
        elif part.Name = DistralParts.distilled.PartName then
            distilled recording prefix
        elif part.Name = SacParts.notTrained.PartName then
            privateParts recording part.Layout prefix
        else
            agents recording part.Name part.Layout prefix

    SacState.start agent (fun part -> Tensor.toDevice recording.Device (values part))

/// The batch of each agent in update k: noise of the agent, then of the distilled policy, at the
/// next observations; with an actor update also at the observations.
let batches recording k : Batch list =
    let { File = file; Writing = writing; Agent = agent } = recording
    let config = agent.Config
    let agents = config.Agents.Tasks
    let draws = if k % int64 config.Agents.ActorEvery = 0L then 4 else 2

    [
        for i in 0 .. agents - 1 ->
            let rows = writing.Rows file k agents i

            let noise j =
                Tensor.unsqueeze 0 (table file (writing.Noise k (i * draws + j)))

            {
                rows with
                    NextNoise = noise 0
                    Noise = (if draws = 4 then noise 2 else Tensor.zerosLike (noise 0))
                    Draws =
                        Map [
                            DistralDraws.distilled.Name, noise 1

                            if config.Decoder.IsSome then
                                let count = int (Tensor.count rows.Obs)
                                let numbers = writing.Pixels k agents i count
                                ModelDraws.pixels, Tensor.ofDoubles (Tensor.shape rows.Obs) numbers
                        ]
            }
            |> Batch.onDevice recording.Device
    ]
