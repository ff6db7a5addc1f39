namespace Benchmarks

open BenchmarkDotNet.Attributes
open MtrlFunctional
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Training

/// An update of an off-policy agent at the size of the papers: 128 rows a task, fp32.
type Updates() =
    static let projected = Presets.projected 326 3 true "none"

    /// The words of each agent, from states of Meta-World; SAC-AE from pixels.
    static let agents =
        Map [
            "MT-SAC 400x3", Presets.size 400 3
            "multi-head 400x3", Presets.multiHead
            "soft modularization", Presets.softModularization
            "CARE 400x3", Presets.size 400 3 @ Presets.careEncoder
            "CARE-PTSL 326x3", projected
            "CARE-PTSL 400x2", Presets.projected 400 2 true "none"
            "PaCo 400x3, 5 sets", Presets.composed
            "MOORE 400x3, 4 experts", Presets.orthogonal 4
            "hypernetwork 400x3", Presets.hypernetwork
            "DeepMDP 400x3", Presets.size 400 3 @ [ "agent=state_deepmdp" ]
            "Distral 400x3", Presets.size 400 3 @ [ "agent=state_distral" ]
            for method in [ "pcgrad"; "cagrad"; "nash_mtl"; "gradnorm"; "uncertainty" ] do
                $"MT-SAC 400x3, {method}", Presets.size 400 3 @ [ $"agent.surgery.method={method}" ]
            "SAC-AE",
            [
                "env=dmc-finger-spin"
                "setup=hipbmdp"
                "agent=sac_ae"
                "env.builder.make_kwargs.from_pixels=True"
            ]
        ]

    let mutable update, cleanUp = ignore, ignore

    let batch (about: AgentDescription) (environment: EnvironmentSpec) count =
        let rows = [ about.Groups; 128 ]
        let deep name size = Inputs.normal name (rows @ [ size ])

        let observed name =
            match environment.Observation.Element with
            | ElementType.Float32 -> deep name about.ObsSize
            | ElementType.UInt8 ->
                128.0 +. (30.0 *. deep name about.ObsSize) |> Tensor.toType ScalarType.Byte

        {
            Obs = observed "obs"
            Action = Tensor.tanh (deep "action" about.ActionSize)
            Reward = Inputs.normal "reward" rows
            NextObs = observed "next"
            Terminal = Draw.constant TensorOptions.cpu 0.0 [| for size in rows -> int64 size |]
            Weight = Draw.constant TensorOptions.cpu 1.0 [| for size in rows -> int64 size |]
            Noise = deep $"noise{count}" about.ActionSize
            NextNoise = deep $"noise{count}/next" about.ActionSize
            Draws = Map.empty
            Step = count
        }

    member _.Agents = agents.Keys

    [<ParamsSource("Agents")>]
    member val Agent = "" with get, set

    [<Params("metaworld-mt10", "metaworld-mt50")>]
    member val Benchmark = "" with get, set

    [<GlobalSetup>]
    member this.Setup() =
        let states = [
            $"env={this.Benchmark}"
            "agent=state_sac"
            "agent.multitask.should_use_disentangled_alpha=True"
        ]

        let words = agents[this.Agent]
        let isOfStates = words |> List.forall (fun word -> not (word.StartsWith "env="))

        let experiment =
            ExperimentBuilder.Resolve(if isOfStates then states @ words else words)

        let shards = new DataParallel(Processor.Threads)
        cleanUp <- shards.Dispose
        let environment = Observed.environment experiment |> Option.get

        let agent =
            Catalogue.createFrom
                Catalogue.standard
                {
                    Environment = environment
                    Precision = Precision.Full
                    Shards = shards
                    TaskEmbeddings = Option.ofObj (TaskEmbeddings.Of experiment)
                }
                experiment

        match agent with
        | AnyAgent.OnPolicy _ -> invalidOp $"{this.Agent} learns from episodes."
        | AnyAgent.OffPolicy(agent, { Draws = draws }) ->
            let first = batch agent.Description environment 0L
            let mutable state = agent.Start(Inputs.key, TensorOptions.cpu)
            let mutable count = 0L

            update <-
                fun () ->
                    let next =
                        Tensors.scope
                            (fun (state: IAgentState<ReplaySample>) -> state.Owns)
                            (fun () ->
                                let sample =
                                    { first with Step = count }
                                    |> RandomDraw.add
                                        TensorOptions.cpu
                                        (Key.at count Inputs.key)
                                        draws
                                    |> ReplaySample.ofBatch

                                let struct (next, _) = state.Update sample
                                next)

                    state <- Tensors.replace _.Owns state next
                    count <- count + 1L

    [<GlobalCleanup>]
    member _.CleanUp() = cleanUp ()

    [<Benchmark>]
    member _.Update() = update ()
