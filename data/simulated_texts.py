"""What simulated learners write; only its reading is kept."""

from __future__ import annotations

WELL = (
    "Merci beaucoup, c'est très clair maintenant !",
    "J'ai réussi le quiz du premier coup, je suis contente.",
    "J'avance bien, je fais une heure tous les soirs.",
    "Très bonne semaine, les exemples sont utiles.",
    "Voici mon résumé de la semaine, dites-moi ce que vous en pensez.",
    "Le groupe est sympa, ça motive.",
    "Est-ce que le devoir se rend avant dimanche ?",
    "Merci pour votre aide.",
)
STRUGGLING = (
    "Je suis complètement perdu, je ne sais pas par où commencer.",
    "Je n'arrive pas à suivre le rythme en ce moment.",
    "C'est trop difficile pour moi, les autres vont plus vite.",
    "Je suis en retard, est-ce encore rattrapable ?",
    "La vidéo ne marche pas chez moi.",
    "Je n'ai pas eu le temps cette semaine.",
    "Je me sens un peu seule derrière mon écran.",
    "Quelqu'un peut m'expliquer l'exercice ?",
)
LEAVING = (
    "Je pense arrêter, ce n'est pas fait pour moi.",
    "Je crois que je vais laisser tomber.",
    "J'ai trouvé un emploi, je ne pourrai pas aller au bout.",
    "Je n'y arrive plus, j'hésite à abandonner.",
)
