namespace Mtrl.Algorithms

open System.Collections.Generic
open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// A configuration with its networks built: what stays the same over all updates. No tensors.
type OnPolicyAgent = {
    Config: OnPolicyConfig
    /// Observation to mean action.
    Policy: Module
    /// Observation to value; none where it is linear in features.
    Value: Module option
    /// The stored spread at "std", then the network.
    PolicyLayout: Layout
    /// "std" of a Gaussian value function, the network, and "popart/…"; or "coefficients".
    ValueLayout: Layout
    /// What is never trained: a spread that does not learn.
    FixedLayout: Layout
    /// Who computes the parts of a batch.
    Shards: IShards
    /// The one task whose rows and own parameters the networks are shown; none: those of all.
    Shown: int option
}

/// The parameters of on-policy agents.
module OnPolicyAgent =
    /// Features of garage's linear value function: observation, its square, and time to the third
    /// power.
    let internal linearFeatures (config: OnPolicyConfig) = 2 * config.ObsSize + 4

    let private spread (config: OnPolicyConfig) =
        let actions, logStd = config.ActionSize, log config.Spread.InitStd

        if config.Spread.PerTask then
            Given(Array.create (config.Tasks * actions) logStd)
            |> Parameter.perTask "std" config.Tasks [ 1L; int64 actions ]
        else
            Given(Array.create actions logStd) |> Parameter.shared "std" [ int64 actions ]

    let private valueParameters (config: OnPolicyConfig) (network: Module option) =
        match config.Value, network with
        | ValueNetwork value, Some network -> [
            match value.Loss with
            | GaussianLikelihood -> Parameter.shared "std" [ 1L ] Zeros
            | SquaredError _ -> ()
            yield! network.Parameters
            match value.PopArt with
            | Some _ ->
                Parameter.perTask "popart/gain" config.Tasks [ 1L ] Ones
                Parameter.perTask "popart/shift" config.Tasks [ 1L ] Zeros
            | None -> ()
          ]
        | _ -> [
            let shape = [ int64 (linearFeatures config); 1L ]
            Parameter.perTask "coefficients" config.Tasks shape Zeros
          ]

    /// The network with the numbers that it is known to have: nobody else has to store them.
    let private knowing (network: Module) =
        let numbers = [
            for parameter in network.Fixed do
                match parameter.Start with
                | Given numbers -> parameter, numbers
                | _ -> invalidOp $"{parameter.Path}: what nothing trains has given numbers."
        ]

        let run (weights: Weights) (signal: Signal) =
            let place = Place.ofTensor signal.Rows
            let all = Dictionary weights

            for parameter, numbers in numbers do
                let whole = Place.fromDoubles place numbers (Array.ofList parameter.Shape)

                all[parameter.Path] <-
                    match signal.Task with
                    | Some task when parameter.PerTask -> Ops.Narrow(whole, 0L, int64 task, 1L)
                    | _ -> whole

            network.Run all signal

        if numbers.IsEmpty then
            network
        else
            { network with Fixed = []; Run = run }

    /// Builds the networks of a valid configuration.
    [<CompiledName("Create")>]
    let create (shards: IShards) (config: OnPolicyConfig) : OnPolicyAgent =
        let widths = { Tasks = config.Tasks; Features = config.ObsSize; Context = 0 }
        let build = Network.build config.Precision "" widths >> knowing
        let policy = build config.Policy

        let value =
            match config.Value with
            | ValueNetwork value -> Some(build value.Spec)
            | LinearFeatures _ -> None

        let spread = spread config

        let learned, known =
            if config.Spread.Learned then
                [ spread ], []
            else
                [], [ spread ]

        {
            Config = config
            Policy = policy
            Value = value
            PolicyLayout = Layout.create (learned @ policy.Parameters)
            ValueLayout = Layout.create (valueParameters config value)
            FixedLayout = Layout.create known
            Shards = shards
            Shown = None
        }
