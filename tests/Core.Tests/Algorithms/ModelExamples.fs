/// Small agents with models: three tasks, observations of five numbers from 0 to 255.
module MtrlFunctional.Tests.Algorithms.ModelExamples

open MtrlFunctional.Networks
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

let private transition = {
    Hidden = 7
    IsProbabilistic = true
    Adam = adam 1e-3
    RewardAdam = adam 1e-3
}

let sacAe: ModelConfig = {
    Agent = { plain with Networks.Encoder = Chain.layer [ "trunk", Spec.mlp 1 6 4 ] }
    Decoder = Some { Network = Spec.mlp 1 6 5; LatentPenalty = 1e-2; Every = 1; Adam = adam 1e-3 }
    Transition = None
    Contrastive = None
    EncoderAdam = adam 1e-3
    TaskEncoderLosses = []
    EvaluatedEncodings = []
}

let deepMdp = { sacAe with Transition = Some transition }

let hipBmdp = {
    deepMdp with
        Agent = { encoded with CriticTrainsTaskEncoder = false }
        Contrastive =
            Some { Weight = 0.5; Distance = ContrastiveDistance.EachPair; WithSurgery = true }
        TaskEncoderLosses = [ ModelLoss.TransitionReward; ModelLoss.Decoder; ModelLoss.Contrastive ]
}

let original = {
    hipBmdp with
        Contrastive =
            Some { Weight = 0.5; Distance = ContrastiveDistance.WholeBatch; WithSurgery = false }
}

let all = [ sacAe; deepMdp; hipBmdp; original ]

let agent config =
    ModelAgent.create (Shards.serial 1) config

let fresh config =
    ModelState.create (agent config) (Key.ofSeed 3L) double

/// All numbers of a state.
let numbers state = numbersOf (ModelState.owns state)

/// The work before the first stage.
let internal start (agent: ModelAgent) (state: ModelState) batch : ModelStages.ModelWork = {
    Sac = UpdateContext.start PolicyRegulariser.entropy agent.Agent state.Sac batch
    Models = state.Models
}

let batch config counter =
    let agent = agent config
    let rows = batchOf config.Agent 6 counter

    let pixels x =
        Tensor.clamp 0.0 255.0 (100.0 +. 40.0 *. x)

    { rows with Obs = pixels rows.Obs; NextObs = pixels rows.NextObs }
    |> RandomDraw.add double (Key.ofSeed counter) (ModelDraws.ofAgent agent)
