"""What simulated learners and mentors write, by state; each sentence is read once, and only its reading is kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import pyarrow as pa

from data import tone
from data.simulated.columns import Array

SLOTS = {
    "{ou}": ("l'exercice 2", "l'exercice 5", "le quiz 3", "le module 4", "le chapitre 6", "le cas pratique"),
    "{quand}": ("ce soir", "demain", "ce week-end", "lundi", "cette semaine"),
    "{outil}": ("La vidéo", "Le lien", "La page du quiz", "La visio", "Le fichier"),
}
SENTENCES = {
    "well": """
Merci beaucoup, c'est très clair maintenant !
J'ai réussi le quiz du premier coup, je suis contente.
J'avance bien, je fais une heure tous les soirs.
Très bonne semaine, les exemples sont utiles.
Voici mon résumé de la semaine, dites-moi ce que vous en pensez.
Le groupe est sympa, ça motive.
Je viens de terminer {ou}, c'était vraiment intéressant.
Super module, j'ai appris plein de choses.
Je suis fier de mon rendu, merci pour vos remarques.
Le rythme me convient bien, je garde mon planning.
J'ai bien compris la différence entre les deux méthodes.
Je partage ma fiche de révision si cela peut aider quelqu'un.
Bonne surprise, {ou} était plus facile que prévu.
J'ai appliqué la méthode au travail et ça a marché.
Les retours du mentor m'ont beaucoup aidée.
Je me sens prête pour la suite.
J'ai fini en avance, je relis mes notes {quand}.
Content d'être là, l'ambiance est bonne.
Ça commence à rentrer, je progresse.
Je recommande la vidéo complémentaire, elle est excellente.
J'ai mis en place un petit groupe de travail {quand}.
Bravo à tous pour la présentation d'hier !
Je trouve les cas pratiques passionnants.
Je suis à jour partout, j'attaque {ou}.
J'ai enfin le déclic, tout s'éclaire.
Bien reçu, c'est noté pour {quand}.
Je valide {ou} avec une bonne note.
Encore une belle session, merci à l'équipe.
J'aime bien cette façon d'apprendre.
Petit bilan du mois : beaucoup de progrès.
""",
    "question": """
Est-ce que le devoir se rend avant dimanche ?
Faut-il rendre un seul fichier ou plusieurs ?
Où trouve-t-on la correction pour {ou} ?
Quelqu'un a compris la consigne pour {ou} ?
Est-ce que la classe en direct sera enregistrée ?
Peut-on utiliser un autre logiciel pour {ou} ?
Combien de pages pour le rapport ?
À quelle heure commence la visio {quand} ?
Avez-vous un exemple de rendu pour {ou} ?
Comment calcule-t-on la note finale ?
Quelle est la différence entre les deux formules du cours ?
Est-ce qu'on peut refaire {ou} ?
Qui serait partant pour réviser ensemble {quand} ?
Le barème est-il le même pour tout le monde ?
Doit-on citer les sources dans le devoir ?
Y a-t-il une bibliographie conseillée ?
Est-ce que quelqu'un peut m'expliquer {ou} ?
Quand aurons-nous les résultats ?
Le support est-il disponible en PDF ?
Peut-on changer de binôme pour le projet ?
Bonjour, {ou} est-il obligatoire ?
Que faut-il réviser en priorité ?
Est-ce que le stage compte dans la note ?
Savez-vous si un rattrapage est prévu ?
""",
    "lost": """
Je suis complètement perdu, je ne sais pas par où commencer.
C'est trop difficile pour moi, les autres vont plus vite.
Je ne comprends rien à {ou}.
Malgré les vidéos, {ou} reste incompréhensible pour moi.
J'ai encore raté le quiz, je ne vois pas ce qui m'échappe.
Je bloque depuis trois jours sur {ou}.
Je crois que je n'ai pas le niveau.
Les explications sont trop complexes pour moi.
J'ai relu deux fois et c'est toujours aussi flou.
Je me suis trompée partout dans {ou}.
Il me manque des bases, je suis dépassée.
Je n'ai pas réussi {ou}, c'est décourageant.
J'ai honte de mes résultats.
Je ne vois pas le rapport avec mon projet, c'est confus.
Les consignes ne sont pas claires, je suis perdue.
Encore une mauvaise note, je ne comprends pas pourquoi.
Je n'arrive pas à faire {ou}, est-ce normal ?
Je galère avec {ou}, tout est mélangé.
C'est trop dur, même en relisant le cours.
Quelqu'un peut m'aider, je suis bloqué ?
""",
    "overloaded": """
Je n'arrive pas à suivre le rythme en ce moment.
Je suis en retard, est-ce encore rattrapable ?
Je n'ai pas eu le temps cette semaine.
Avec le travail et les enfants, je n'ai plus une minute.
Je suis débordée, je rendrai {ou} en retard.
Désolé, je n'ai pas pu me connecter depuis une semaine.
Je suis épuisé, les soirées sont trop courtes.
La charge est trop lourde pour moi ce mois-ci.
J'ai trois modules de retard, c'est la panique.
Est-ce possible d'avoir un délai pour {ou} ?
Je dors peu, je n'avance plus.
Mon employeur a changé mes horaires, c'est compliqué.
Je n'ai pas ouvert le cours depuis quinze jours.
Je fais ce que je peux mais tout s'accumule.
C'est une période difficile à la maison.
Je ne pourrai pas être là {quand}, j'ai une urgence familiale.
Je cours après le temps, c'est stressant.
Je pensais rattraper {quand}, mais ce ne sera pas possible.
Trop de choses à la fois, je craque.
Je repousse sans arrêt {ou}, faute de temps.
""",
    "isolated": """
Je me sens un peu seule derrière mon écran.
Personne n'a répondu à mon message.
Je ne connais personne dans le groupe.
J'ai l'impression d'être le seul à galérer.
C'est triste de travailler toujours seul.
Y a-t-il quelqu'un ici ?
Je n'ose pas parler pendant les visios.
Mon binôme ne répond plus, je suis seule sur le projet.
Le groupe avance sans moi.
J'aimerais bien échanger, mais personne ne vient.
Je ne me sens pas à ma place dans ce groupe.
Toujours aucune réponse, tant pis.
Je travaille seule de mon côté, c'est pesant.
J'ai été mise à l'écart du projet de groupe.
Sans contact, je perds le fil.
La remarque faite en visio était injuste.
""",
    "technical": """
{outil} ne marche pas chez moi.
{outil} ne s'ouvre pas, j'ai une erreur.
Impossible de me connecter depuis hier.
{outil} plante à chaque fois.
Mon mot de passe est refusé.
La page reste blanche après la connexion.
Le son ne fonctionne pas pendant la visio.
Je n'arrive pas à déposer mon fichier.
{outil} est introuvable, est-ce normal ?
Bug sur {ou}, mes réponses ont disparu.
Ma connexion est trop lente pour la visio.
{outil} affiche une erreur 404.
""",
    "job": """
J'ai un entretien d'embauche {quand}, souhaitez-moi bonne chance !
J'ai trouvé un emploi, je ne pourrai pas aller au bout.
On me propose un contrat à partir du mois prochain.
Bonne nouvelle, je commence un nouveau travail bientôt.
Mon entretien s'est bien passé, j'attends la réponse.
Une entreprise m'a rappelé, je réfléchis.
Je signe mon contrat {quand} !
Une promesse d'embauche est arrivée ce matin.
""",
    "hardship": """
Je déménage {quand}, je n'aurai pas internet.
Les trajets sont devenus trop longs.
Le financement de ma formation est bloqué.
Je n'ai plus les moyens de payer le transport.
Ma prise en charge est refusée, je ne sais pas comment faire.
Je dois vendre mon ordinateur, c'est compliqué.
J'attends toujours mon indemnité, c'est inquiétant.
Je change de ville le mois prochain.
La garderie ferme, je n'ai pas de solution.
Je n'ai plus de connexion chez moi, je passe par le téléphone.
""",
    "leaving": """
Je pense arrêter, ce n'est pas fait pour moi.
Je crois que je vais laisser tomber.
Je n'y arrive plus, j'hésite à abandonner.
J'envisage d'arrêter la formation.
Je ne vais pas continuer, désolé.
Je préfère abandonner maintenant.
À quoi bon continuer, je jette l'éponge.
Comment faire pour me désinscrire ?
Je baisse les bras, c'est trop.
Je ne pense pas aller jusqu'au bout.
Je songe à quitter la formation.
Je vais arrêter la formation, merci pour tout.
""",
    "thanking": """
Merci pour votre réponse, c'est plus clair.
Merci, ça marche maintenant !
Un grand merci pour votre aide.
Super, merci beaucoup.
Merci, je vais essayer {quand}.
C'est gentil, merci à vous.
Parfait, merci pour l'explication.
Merci, je comprends mieux {ou}.
""",
    "helping": """
Pour {ou}, regarde le tableau du chapitre 2.
Moi j'ai suivi la méthode de la vidéo, essaie.
J'ai eu la même chose, il faut recharger la page.
On peut en parler {quand} si tu veux.
Courage, tu vas y arriver !
Oui, c'est à rendre dimanche soir.
Je pense que la bonne formule est la deuxième.
Même question de mon côté.
Tu peux m'écrire, je t'explique.
Voici mon brouillon, si ça peut aider.
Bravo, belle réussite !
D'accord avec toi.
Je crois que c'est dans le support de la semaine.
Je t'envoie mes notes {quand}.
Bien vu, je n'avais pas remarqué.
""",
    "mentor": """
Bonjour, le devoir est à rendre dimanche au plus tard.
Reprenez l'exemple du cours, puis écrivez-moi si cela bloque encore.
Je vous propose un point {quand}, cela vous convient-il ?
Bravo, continuez ainsi !
C'est noté, je transmets à l'équipe technique.
Vous pouvez prendre quelques jours de plus pour {ou}.
Bonne question, la réponse est dans le support de la semaine.
Ne vous découragez pas, nous allons reprendre ensemble.
Pensez à relire la consigne, elle précise le format attendu.
Je vous appelle {quand} pour faire le point.
Oui, la classe sera enregistrée.
Merci de votre message, voici un complément sur {ou}.
La correction sera publiée {quand}.
Vous êtes sur la bonne voie, il reste à justifier.
""",
}


@dataclass(frozen=True)
class Readings:
    """The readings of every sentence that may be written, by number; `of` gives the numbers of each state."""

    columns: dict[str, Array]
    toneless: Array
    of: dict[str, Array]

    def some(self, state: str, luck: Array) -> Array:
        """Return the number of a sentence of a state for each luck in [0, 1)."""
        choices = self.of[state]
        picked: Array = choices[(luck * len(choices)).astype(int)]
        return picked

    def of_posts(self, numbers: Array) -> dict[str, pa.Array]:
        """Return the columns of `posts` that a text gives."""
        tone_of = pa.array(self.columns["tone"][numbers], pa.float64(), mask=self.toneless[numbers])
        told = {name: pa.array(values[numbers]) for name, values in self.columns.items() if name != "tone"}
        return {**told, "tone": tone_of}


def sentences(state: str) -> list[str]:
    """Return the sentences that may be written in a state, slots filled."""
    written = []
    for line in SENTENCES[state].strip().splitlines():
        slots = [slot for slot in SLOTS if slot in line]
        for values in product(*(SLOTS[slot] for slot in slots)):
            text = line
            for slot, value in zip(slots, values, strict=True):
                text = text.replace(slot, value)
            written.append(text)
    return written


@cache
def readings() -> Readings:
    """Return the reading of each sentence, read once."""
    of, read, first = {}, [], 0
    for state in SENTENCES:
        lines = SENTENCES[state].strip().splitlines()
        told = [tone.read(text) for text in sentences(state)]
        # A line weighs the same whatever its slots: repeated in the list of choices.
        of[state] = first + _even(lines)
        read += told
        first += len(told)
    flags = ("is_question", "intent_to_leave", "distress", "technical_trouble", "thanks", "polite")
    columns = {name: np.array([getattr(reading, name) for reading in read], bool) for name in flags}
    columns["n_words"] = np.array([reading.n_words for reading in read], np.int32)
    columns["tone"] = np.array([0.0 if reading.tone is None else reading.tone for reading in read])
    return Readings(columns, np.array([reading.tone is None for reading in read]), of)


def _even(lines: list[str]) -> Array:
    """Return the places of a state's sentences, each line being there as often as another."""
    ways = [int(np.prod([len(SLOTS[slot]) for slot in SLOTS if slot in line])) for line in lines]
    most = int(np.lcm.reduce(ways))
    ends = np.cumsum(ways)
    places = [np.repeat(np.arange(end - way, end), most // way) for way, end in zip(ways, ends, strict=True)]
    found: Array = np.concatenate(places)
    return found
