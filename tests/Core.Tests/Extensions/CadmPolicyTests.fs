module MtrlFunctional.Tests.Extensions.CadmPolicyTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Cadm
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// MT-PPO on the points of `CadmExamples`, whose gain no observation shows.
module CadmPolicyExamples =
    open CadmExamples

    /// Steps of an episode.
    [<Literal>]
    let Horizon = 15

    let private training: MinibatchSettings = {
        OnPolicyDefaults.settings with
            Adam = adam 2e-3
            Epochs = 5
            Minibatch = Some 240
    }

    /// PPO for observations of so many numbers.
    let ppo obsSize : OnPolicyConfig =
        let garage =
            OnPolicyDefaults.garage
                1
                obsSize
                1
                ([ 32; 32 ], [ 32; 32 ])
                (GradientSteps(ClippedRatio 0.2, training, None))

        {
            garage with
                BootstrapTimeLimits = true
                PaddingInAdvantages = false
                Target = LambdaReturns
                Advantage = { garage.Advantage with ByStandardDeviation = true }
                Value =
                    ValueNetwork {
                        Spec = Mlp.layer { Hidden = [ 32; 32 ]; Output = 1; Activation = Tanh }
                        Loss = SquaredError
                        Training = training
                        PopArt = Some { Step = 0.1 }
                    }
        }

    let passes: PassSettings = { Epochs = 2; Minibatch = 64 }

    let agentOf model passes policy =
        CadmPolicy.create (Shards.serial 1) model passes policy

    let create model passes =
        agentOf model passes (ppo (CadmPolicy.inputSize model))

    let start options agent =
        (CadmPolicy.algorithm agent).Start (Key.ofSeed 5L) options

    /// Actions for observations [1; rows; frames · frame] and a step's key.
    type Player = Tensor -> Key -> Tensor

    /// Episodes of `count` points, [1; count; steps; …].
    let private play options (config: CadmConfig) count (player: Player) key : Episodes =
        let frames = (CadmConfig.history config.Settings).Steps + 1
        let gains = Array.init count (fun i -> gain (Key.at (int64 i) key))

        let tensor (numbers: float[]) shape =
            TensorOptions.fromDoubles options numbers shape

        let observed (histories: float[] list[]) =
            tensor (histories |> Array.collect Array.concat) [|
                1L
                int64 count
                int64 (CadmConfig.obsSize config)
            |]

        let step (histories: float[] list[]) t =
            let obs = observed histories
            let action = player obs (Key.at (int64 t) (Key.forPurpose "noise" key))
            let drawn = Tensor.toDoubles action
            let states = histories |> Array.map (fun frames -> frames.Head[0])
            let rewards = states |> Array.map (fun s -> -(s ** 2.0))

            let next i (frames: float[] list) =
                let a = max -1.0 (min 1.0 drawn[i])
                let newest = [| states[i] + gains[i] * a; a; rewards[i]; 0.0 |]
                newest :: List.truncate (frames.Length - 1) frames

            (obs, action, rewards), Array.mapi next histories

        let first = List.replicate frames [| 1.5; 0.0; 0.0; 1.0 |]

        let steps, histories =
            Array.mapFold step (Array.create count first) [| 0 .. Horizon - 1 |]

        let stack pick = Tensor.stack 2 (Array.map pick steps)

        {
            Obs = stack (fun (obs, _, _) -> obs)
            Action = stack (fun (_, action, _) -> action)
            Reward = stack (fun (_, _, reward) -> tensor reward [| 1L; int64 count |])
            LastObs = observed histories
            Lengths = Array.create count Horizon
            Terminal = Array.create count false
            Restarts = Array.create count [||]
            Remembered = Array.create count false
        }

    /// Episodes by the exploring policy.
    let sampled options (agent: CadmPolicy.Agent) state count key =
        play
            options
            agent.Model.Config
            count
            (fun obs key ->
                Draw.normal options key [| 1L; int64 count; 1L |]
                |> (CadmPolicy.algorithm agent).Act state obs)
            key

    let improve agent state key episodes =
        (CadmPolicy.algorithm agent).Update state {
            Key = key
            Progress = 0.0
            Lag = None
            Episodes = episodes
        }
        |> fst

    let ofModel (state: CadmPolicy.State) =
        CadmState.owns state.Model |> Seq.map Tensor.toDoubles |> Array.concat

    let ofPolicies (state: CadmPolicy.State) =
        OnPolicyState.owns state.Policy |> Seq.map Tensor.toDoubles |> Array.concat

open CadmExamples
open CadmPolicyExamples

let ``a policy that observes the context of a model`` = [
    let model = config |> withSettings (fun model -> { model with Units = 8 })
    let small = create model passes

    // An agent after an update, and episodes that it played.
    let trained () =
        let state = start double small
        let episodes = sampled double small state 6 (Key.ofSeed 3L)
        improve small state (Key.ofSeed 4L) episodes, episodes

    testCase "learns from the steps whose next observation was kept" (fun () ->
        let tensor (numbers: float list) shape =
            TensorOptions.fromDoubles double (Array.ofList numbers) shape

        let episodes: Episodes = {
            Obs = tensor [ 0.0; 1.0; 2.0; 3.0; 10.0; 11.0; 12.0; 0.0 ] [| 1L; 2L; 4L; 1L |]
            Action = tensor [ 0.5; 2.0; -3.0; 0.1; 0.2; 0.3; 0.4; 0.0 ] [| 1L; 2L; 4L; 1L |]
            Reward = tensor [ 1.0; 2.0; 3.0; 4.0; 5.0; 6.0; 7.0; 0.0 ] [| 1L; 2L; 4L |]
            LastObs = tensor [ 100.0; 101.0 ] [| 1L; 2L; 1L |]
            Lengths = [| 4; 3 |]
            Terminal = [| true; false |]
            Restarts = [| [| 2 |]; [||] |]
            Remembered = [| false; false |]
        }

        let places = CadmRows.places episodes
        places |> equals [| 0; 2; 3; 4; 5; 6 |]
        let batch = CadmRows.batch episodes places

        for x, expected in
            [
                batch.Obs, [ 0.0; 2.0; 3.0; 10.0; 11.0; 12.0 ]
                batch.NextObs, [ 1.0; 3.0; 100.0; 11.0; 12.0; 101.0 ]
                batch.Action, [ 0.5; -1.0; 0.1; 0.2; 0.3; 0.4 ]
                batch.Reward, [ 1.0; 3.0; 4.0; 5.0; 6.0; 7.0 ]
                batch.Terminal, [ 0.0; 0.0; 1.0; 0.0; 0.0; 0.0 ]
                batch.Weight, List.replicate 6 1.0
            ] do
            Tensor.toDoubles x |> equals (Array.ofList expected))

    testCase "observes zeros for an empty history, and a context of each other one" (fun () ->
        let state, episodes = trained ()
        let shape = Tensor.shape episodes.Obs

        let inputsAt (t: int64) =
            CadmPolicy.inputs small.Model state.Model (Tensor.select 2 t episodes.Obs)
            |> Tensor.toDoubles
            |> Array.chunkBySize (CadmPolicy.inputSize model)

        for row in inputsAt 0L do
            row[0] |> equals 1.5
            row[1..] |> areAll 0.0

        let later = inputsAt (shape[2] - 1L)

        later
        |> Array.map (fun row -> row[1..])
        |> Array.distinct
        |> hasLength later.Length)

    testCase
        "observes constants; the losses of its model reach each layer of the encoder"
        (fun () ->
            let state, episodes = trained ()
            let values = Tensor.leaf state.Model.Model.Values

            let recorded = { state.Model with Model.Values = values }

            let inputs =
                CadmPolicy.inputs small.Model recorded (Tensor.select 2 9L episodes.Obs)

            isFalse inputs.requires_grad
            (values .+ values).requires_grad |> Expect.isTrue "gradients are recorded here"

            let _, gradient =
                CadmRows.places episodes
                |> CadmRows.batch episodes
                |> lossAndGradient small.Model state.Model

            let byPath = Layout.views small.Model.Layout gradient

            for slot in small.Model.Layout.Slots do
                let numbers = Tensor.toDoubles byPath[slot.Parameter.Path]
                numbers |> Array.exists ((<>) 0.0) |> Expect.isTrue slot.Parameter.Path)

    testCase "learns apart from its model" (fun () ->
        let state, episodes = trained ()
        let key = Key.ofSeed 8L
        let next = improve small state key episodes
        let before = ofModel state, ofPolicies state
        let again = improve small state key episodes
        (ofModel state, ofPolicies state) |> equals before
        ofModel again |> equals (ofModel next)
        ofPolicies again |> equals (ofPolicies next)

        let longer = improve (create model { passes with Epochs = 3 }) state key episodes
        ofPolicies longer |> equals (ofPolicies next)
        ofModel longer |> differsFrom (ofModel next)

        let other = { ppo (CadmPolicy.inputSize model) with Discount = 0.5; Lambda = 0.3 }
        let differing = improve (agentOf model passes other) state key episodes
        ofModel differing |> equals (ofModel next)
        ofPolicies differing |> differsFrom (ofPolicies next))

    testCase "is refused with the names that a checkpoint lacks" (fun () ->
        let algorithm = CadmPolicy.algorithm small
        let named = algorithm.ToNamed(start double small)

        for part in [ "context/"; "policy/" ] do
            let others = named |> List.filter (fun (name, _) -> not (name.StartsWith part))
            let faults = algorithm.OfNamed double (Map others).TryFind |> refused
            faults |> isNotEmpty
            faults |> List.forall _.Contains(part) |> isTrue)
]
