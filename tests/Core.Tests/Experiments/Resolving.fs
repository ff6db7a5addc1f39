/// Words of a command in tests.
module MtrlFunctional.Tests.Experiments.Resolving

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Tests

/// The experiment of words that have one.
let resolve words = Experiment.resolve words |> ok |> fst

/// The configuration of an agent with a replay, for observations and actions of Meta-World.
let sac words =
    resolve words
    |> SacSetup.ofExperiment Precision.Full None 39 (ActionSpace.Box 4)

/// The same of an on-policy agent.
let onPolicy words =
    resolve words
    |> OnPolicySetup.ofExperiment Precision.Full None 39 (ActionSpace.Box 4)

/// Numbers of an observation as the networks see it.
let observed e =
    Observed.environment e
    |> Option.map (fun spec -> EnvironmentSpec.observationSize spec + Observed.taskColumns e)

/// The remarks on words that have an experiment.
let warnings words =
    Experiment.resolve words |> ok |> snd |> List.map string

/// What is wrong with words; empty: nothing.
let mistakes words =
    match Experiment.resolve words with
    | Ok _ -> []
    | Error mistakes -> mistakes |> List.map string

/// Further words that are refused beside the words, each with a part of the messages.
let refuses name words cases =
    testTheory name cases
    <| fun (further, part) ->
        mistakes (words @ Words.split further) |> String.concat "\n" |> contains part

/// Further words that are one mistake beside the words, each with the start of its message.
let refusesOnce name words cases =
    testTheory name cases
    <| fun (further, message) ->
        mistakes (words @ Words.split further) |> List.exactlyOne |> startsWith message
