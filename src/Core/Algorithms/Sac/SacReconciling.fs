/// The stages of an update of soft actor-critic whose gradients surgery makes of those of the tasks.
module internal Mtrl.Algorithms.SacReconciling

open Mtrl.Algorithms.SacWork
open Mtrl.Random
open Mtrl.Surgery
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// The sum over the tasks that are there of a number each, times the task's share of the batch.
let private overTasks (batch: Batch) (numbers: Tensor) =
    let share = Ops.SumDim(batch.Weight, 1L, false)
    let none = Ops.ZerosLike share
    Ops.Where(Ops.Greater(share, none), share .* numbers, none)

/// [tasks] numbers as a tensor like those of the batch.
let private asTensor (batch: Batch) (numbers: float[]) =
    Place.fromDoubles (Place.ofTensor batch.Weight) numbers [| int64 numbers.Length |]

/// Where random numbers of this update come from.
let private keyOf (surgery: SacSurgery) purpose state =
    surgery.Key |> Key.forPurpose purpose |> Key.at state.Critic.Steps

/// What surgery does with the critics' gradients.
let partOfCritics (surgery: SacSurgery) (agent: SacAgent) state : Joining.Part = {
    Method = surgery.OfCritic
    Layouts = [ agent.CriticLayout; agent.TaskEncoderLayout ]
    Places = [ "q1"; "q2" ]
    Memory = state.CriticSurgery
    Key = keyOf surgery "critic" state
}

/// What it does with the actor's.
let partOfActor (surgery: SacSurgery) (agent: SacAgent) state : Joining.Part = {
    Method = surgery.OfActor
    Layouts = [ agent.ActorLayout ]
    Places = [ "" ]
    Memory = state.ActorSurgery
    Key = keyOf surgery "actor" state
}

/// As `Sac.improveCritics`, by the gradient that surgery makes of those of the tasks; and the task
/// encoder's part of it.
let reconcileCritics (surgery: SacSurgery) : Stage =
    fun agent work ->
        let state = work.State
        let gradients = SacTaskGradients.critic agent state work.Batch

        let joined =
            gradients |> Joining.join surgery.OwnToo (partOfCritics surgery agent state)

        let direction, ofTaskEncoder = joined.Directions[0], joined.Directions[1]
        let losses = asTensor work.Batch gradients.Shared.Losses

        {
            work with
                State.Critic =
                    Shards.step agent.Shards agent.Config.CriticAdam [| direction |] state.Critic
                State.CriticSurgery = joined.Memory
                TaskEncoderGradient = agent.TaskEncoder |> Option.map (fun _ -> ofTaskEncoder)
        }
        |> measure "critic_loss" (Ops.Sum(overTasks work.Batch losses))

/// As `improveActor`.
let reconcileActor (surgery: SacSurgery) : Stage =
    fun agent work ->
        let state, batch = work.State, work.Batch
        let gradients = SacTaskGradients.actor agent state batch

        let joined =
            gradients |> Joining.join surgery.OwnToo (partOfActor surgery agent state)

        let losses = asTensor batch gradients.Shared.Losses
        let gap = gradients.Means[0]
        let directions = List.toArray joined.Directions

        {
            work with
                State.Actor = Shards.step agent.Shards agent.Config.ActorAdam directions state.Actor
                State.ActorSurgery = joined.Memory
                EntropyGap = overTasks batch gap
                TaskGap = Some(Ops.ToDoubles gap, gradients.Shared.Present)
        }
        |> measureActor
            agent
            (Ops.Sum(overTasks batch losses))
            (Ops.Sum(overTasks batch gradients.Means[1]))

/// As `tuneTemperature`, by the gradient that PCGrad makes of those of the tasks.
let reconcileTemperature (surgery: SacSurgery) (config: PcGradConfig) : Stage =
    fun agent work ->
        let state = work.State
        let gaps, present = Option.get work.TaskGap
        let tasks = gaps.Length
        let alphas = Ops.ToDoubles(SacLosses.alpha agent.Config state.LogAlpha.Values)
        let losses = Array.map2 (*) alphas gaps
        // ∂α/∂log α = α; in shared mode all tasks move the first.
        let at task =
            if agent.Config.PerTaskTemperature then task else 0

        let rows =
            Array.init (tasks * tasks) (fun i ->
                if at (i / tasks) = i % tasks then
                    losses[i / tasks]
                else
                    0.0)

        let rows = Ops.Reshape(asTensor work.Batch rows, [| int64 tasks; int64 tasks |])
        let gradients = { TaskGradients.create rows losses with Present = present }
        let key = keyOf surgery "temperature" state

        let combined =
            Surgery.combine (Surgery.PcGrad config) gradients key SurgeryState.empty

        let loss = SacLosses.temperature agent.Config state.LogAlpha.Values work.EntropyGap
        stepTemperature combined.Direction loss agent work
